import { once } from "node:events";
import { connect } from "node:net";
import { byteFrames, type CloseReason } from "@parley/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createServer, echo, type Server } from "../src/index.ts";

const mebibyte = 1024 * 1024;

let server: Server<Uint8Array>;
let port: number;
let reasons: CloseReason[];

beforeEach(async () => {
  reasons = [];
  server = createServer({ codec: byteFrames(), handler: echo() });
  server.events.on("closed", ({ reason }) => reasons.push(reason));
  const [address = ""] = await server.listen("tcp://127.0.0.1:0");
  port = Number(new URL(address).port);
});

afterEach(() => server.close({ graceMs: 0 }));

function framed(length: number, payload = Buffer.alloc(length, length % 251)): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length);
  return Buffer.concat([head, payload]);
}

/** Sends bytes and a FIN over a real socket; resolves with all that comes back until the server's FIN. */
async function ask(bytes: Uint8Array): Promise<Buffer> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  socket.end(bytes);
  await once(socket, "close");
  return Buffer.concat(received);
}

it("echoes frames of any size up to the maximum: none, one byte, and 1 MiB, which is the maximum", async () => {
  const frames = Buffer.concat([framed(0), framed(1), framed(mebibyte), framed(0), framed(mebibyte - 1)]);
  const reply = await ask(frames);
  expect(reply.equals(frames)).toBe(true);
  expect(reasons).toEqual([{ by: "remote", kind: "ended" }]);
});

it("closes at a frame of the maximum and one byte, with limit and actual size, after the replies before it, and goes on", async () => {
  const closed = new Promise((resolve) => server.events.once("closed", resolve));
  // Its header alone is enough, and of the payload nothing needs to come.
  const reply = await ask(Buffer.concat([framed(3), framed(mebibyte + 1, Buffer.alloc(0))]));
  await closed;
  expect(reply).toEqual(framed(3));
  const reason = { by: "local", kind: "frame-too-long", limit: mebibyte, actual: mebibyte + 1 };
  expect(reasons).toEqual([reason]);
  expect(await ask(framed(5))).toEqual(framed(5));
});
