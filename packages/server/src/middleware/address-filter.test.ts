import { type Handler, textLines } from "@parley/core";
import { createMemoryNetwork, manualClock, type RecordedStream, recordStream } from "@parley/testkit";
import type { Listen } from "@parley/transport";
import { describe, expect, it } from "vitest";
import { deferred } from "../../test/stage.ts";
import { createServer } from "../server.ts";
import { allowFrom, denyFrom } from "./address-filter.ts";
import type { CommonMiddleware } from "./middleware.ts";
import { pipe } from "./pipe.ts";

/** A listener whose clients come from `remoteAddress`. */
function from(remoteAddress: string, listen: Listen): Listen {
  return (sink) =>
    listen({
      failed: sink.failed,
      accept: (stream) =>
        sink.accept(Object.defineProperty(stream, "remoteAddress", { value: remoteAddress })),
    });
}

/** What becomes of a client that comes from there and says "hello": what it is answered, and what the handler heard of it. */
async function visit(remoteAddress: string, filter: CommonMiddleware) {
  const heard: string[] = [];
  const closed = deferred<unknown>();
  const handler: Handler<string> = {
    open: () => void heard.push("open"),
    message(message, connection) {
      heard.push(message);
      connection.send(message);
    },
    ended: (connection) => connection.end(),
    closing: () => void heard.push("closing"),
    closed: () => void heard.push("closed"),
  };
  const server = createServer({ codec: textLines(), handler: pipe(handler, filter), clock: manualClock() });
  server.events.on("closed", ({ reason }) => closed.resolve(reason));
  const network = createMemoryNetwork();
  await server.listen(from(remoteAddress, network.listener("here")));
  const caller: RecordedStream = recordStream(await network.dial("here")());
  caller.send("hello\n");
  caller.stream.end();
  await caller.untilClosed();
  const reason = await closed.promise;
  await server.close();
  return { text: caller.text, heard, reason };
}

const served = {
  text: "hello\n",
  heard: ["open", "hello", "closing", "closed"],
  reason: { by: "remote", kind: "ended" },
};
const refused = { text: "", heard: [], reason: { by: "local", kind: "forbidden" } };
const blocks = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "fe80::/10"];

describe("allowFrom and denyFrom", () => {
  it.each([
    "tcp://10.1.2.3:4000",
    "tcp://192.0.2.7:1",
    "tcp://[2001:db8:1::1]:4000",
    "tcp://[::ffff:10.1.2.3]:4000",
    "tcp://[::ffff:a01:203]:4000",
    "tcp://[fe80::1%eth0]:4000",
    "tls://10.1.2.3:4000",
  ])("know %s, which is in their blocks", async (address) => {
    expect(await visit(address, allowFrom(blocks))).toEqual(served);
    expect(await visit(address, denyFrom(blocks))).toEqual(refused);
  });

  it.each(["tcp://11.1.2.3:4000", "tcp://192.0.2.8:1", "tcp://[2001:db9::1]:1", "tcp://[::ffff:11.1.2.3]:1"])(
    "know %s, which is not",
    async (address) => {
      expect(await visit(address, allowFrom(blocks))).toEqual(refused);
      expect(await visit(address, denyFrom(blocks))).toEqual(served);
    },
  );

  it("serve who has no address only if none is asked for", async () => {
    expect(await visit("unix:///run/10.1.2.3:80", allowFrom(["0.0.0.0/0", "::/0"]))).toEqual(refused);
    expect(await visit("unix:///run/10.1.2.3:80", denyFrom(["0.0.0.0/0", "::/0"]))).toEqual(served);
  });

  it("keep an end that came before the connection was looked at from the handler", () => {
    const heard: string[] = [];
    const handler: Handler<string> = { message() {}, ended: ({ id }) => void heard.push(id) };
    const filtered = pipe(handler, allowFrom(["10.0.0.0/8"]));
    for (const [id, host] of [
      ["a", "10.1.2.3"],
      ["b", "11.1.2.3"],
    ]) {
      const connection = { id, remoteAddress: `tcp://${host}:1`, close() {} } as never;
      void filtered.open?.(connection);
      filtered.ended?.(connection);
    }
    expect(heard).toEqual(["a"]);
  });

  it("take a block that is written as mapped for what it is", async () => {
    expect(await visit("tcp://10.1.2.3:4000", allowFrom(["::ffff:10.0.0.0/104"]))).toEqual(served);
  });

  it("have nobody in an empty list", async () => {
    expect(await visit("tcp://10.1.2.3:4000", allowFrom([]))).toEqual(refused);
    expect(await visit("tcp://10.1.2.3:4000", denyFrom([]))).toEqual(served);
  });

  it.each([
    "",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0/8",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "10.0.0.0/ 8",
    "::/129",
    "a.example",
  ])("refuse %j", (block) => {
    for (const filter of [allowFrom, denyFrom]) {
      const refusal = {
        code: "bad-option",
        message: expect.stringContaining(`${filter.name} has ${JSON.stringify(block)}`),
      };
      expect(() => filter([block])).toThrow(expect.objectContaining(refusal));
    }
  });
});
