import { connect } from "@parley/client";
import { byteFrames, type Codec, textLines } from "@parley/core";
import { createServer, echo, type Server } from "@parley/server";
import {
  drippingClient,
  floodingClient,
  lyingClient,
  type Misbehaving,
  neverReadingClient,
  type Probe,
  startProbe,
  watchResources,
} from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { expect, it } from "vitest";

const kibibyte = 1024;

/** A good client of an echo server of lines. */
async function probeOf(url: string): Promise<Probe & { close(): Promise<unknown> }> {
  const codec: Codec<string> = textLines();
  const stays = await connect(url, codec);
  const answers = stays[Symbol.asyncIterator]();
  let turn: Promise<unknown> = Promise.resolve();
  const probe = startProbe({
    request() {
      turn = turn.then(async () => {
        stays.send("probe");
        expect(await answers.next()).toEqual({ done: false, value: "probe" });
      });
      return turn;
    },
    async connect() {
      const connection = await connect(url, codec);
      connection.send("hello");
      for await (const line of connection) {
        expect(line).toBe("hello");
        break;
      }
      await connection.close();
    },
  });
  return { stop: () => probe.stop(), close: () => stays.close() };
}

/** Lets clients misbehave until all of them are gone, beside a probe; answers why the server closed them, and how often. */
async function misbehave(
  server: Server<string>,
  misbehaving: (url: string) => Promise<Misbehaving[]>,
): Promise<Record<string, number>> {
  const watch = watchResources();
  const reasons: Record<string, number> = {};
  const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
  const probe = await probeOf(url);
  server.events.on("closed", ({ reason }) => {
    reasons[reason.kind] = (reasons[reason.kind] ?? 0) + 1;
  });
  const clients = await misbehaving(url);
  await Promise.all(clients.map(({ gone }) => gone));
  const report = await probe.stop();
  await probe.close();
  await server.close({ graceMs: 1_000 });
  console.log(`probe: ${JSON.stringify({ ...report, errors: report.errors.length })}`);
  expect(report.errors).toEqual([]);
  expect(report.requests).toBeGreaterThan(0);
  expect(await watch.leftBehind()).toEqual([]);
  watch.stop();
  return reasons;
}

const times = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));

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
