import { byteFrames, textLines } from "@parley/core";
import { createServer, echo, type Server } from "@parley/server";
import {
  drippingClient,
  floodingClient,
  lyingClient,
  type Misbehaving,
  neverReadingClient,
  watchResources,
} from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { expect, it } from "vitest";
import { besideAProbe, echoedClient, type Reasons, times } from "./beside-a-probe.ts";

const kibibyte = 1024;

/** Beside a probe, until all who misbehave are gone. */
const misbehave = (
  server: Server<string>,
  misbehaving: (url: string) => Promise<Misbehaving[]>,
): Promise<Reasons> =>
  besideAProbe(
    server,
    (url) => echoedClient(url, textLines(), "probe"),
    async (url) => {
      const clients = await misbehaving(url);
      await Promise.all(clients.map(({ gone }) => gone));
    },
  );

it("a line that drips in is cut off at its deadline, and delays nobody", async () => {
  const server = createServer({ codec: textLines(), handler: echo<string>(), frameTimeoutMs: 400 });
  const reasons = await misbehave(server, (url) =>
    times(50, () => drippingClient(socketDial(url), Buffer.from("never a line feed "), { everyMs: 20 })),
  );
  expect(reasons["frame-timeout"]).toBe(50);
});

it("a line that is announced and never comes is cut off, and delays nobody", async () => {
  const server = createServer({ codec: textLines(), handler: echo<string>(), frameTimeoutMs: 400 });
  const reasons = await misbehave(server, (url) =>
    times(50, () => lyingClient(socketDial(url), Buffer.from("begun"))),
  );
  expect(reasons["frame-timeout"]).toBe(50);
});

it("who floods and never reads is read no further, then cut off, and holds no more memory than allowed", async () => {
  const limit = 64 * kibibyte;
  const server = createServer({
    codec: textLines(),
    handler: echo<string>(),
    maxBufferedBytes: limit,
    writeStallMs: 500,
  });
  let most = 0;
  server.events.on("closed", ({ connection }) => {
    most = Math.max(most, connection.counters.bytesIn);
  });
  const line = Buffer.from(`${"x".repeat(99)}\n`);
  const reasons = await misbehave(server, (url) =>
    times(10, () => neverReadingClient(socketDial(url), line, 1_000_000)),
  );
  expect(reasons["write-stall"]).toBe(10);
  // What was asked for in vain stayed with the asker: 100 MB each.
  expect(most).toBeLessThan(30 * kibibyte * kibibyte);
});

it("a length that nobody could mean is refused by the header alone", async () => {
  const frames = byteFrames();
  const watch = watchResources();
  const server = createServer({ codec: frames, handler: echo<Uint8Array>() });
  const reasons: string[] = [];
  server.events.on("closed", ({ reason }) => void reasons.push(reason.kind));
  const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
  const headers = [0xffff_ffff, 0x8000_0000, 0x7fff_ffff, frames.frame.maxFrameBytes + 1];
  const clients = await Promise.all(
    headers.map((length) => {
      const header = Buffer.alloc(4);
      header.writeUInt32BE(length);
      return lyingClient(socketDial(url), header);
    }),
  );
  await Promise.all(clients.map(({ gone }) => gone));
  await server.close();
  expect(reasons).toEqual(headers.map(() => "frame-too-long"));
  expect(await watch.leftBehind()).toEqual([]);
  watch.stop();
});

it("others are answered in the middle of a flood of messages", async () => {
  const server = createServer({ codec: textLines(), handler: echo<string>() });
  await misbehave(server, async (url) => {
    const clients = await times(5, () => floodingClient(socketDial(url), Buffer.from("again\n"), 400_000));
    for (const client of clients) void client.sentAll.then(() => client.stop());
    return clients;
  });
});
