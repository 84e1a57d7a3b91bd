import {
  bytes,
  type Codec,
  codec,
  contentLength,
  lengthPrefix,
  msgpackFrames,
  netstring,
} from "@parley/core";
import { createServer, echo } from "@parley/server";
import { memoryHeld } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { besideAProbe, echoedClient, times } from "./beside-a-probe.ts";
import { rawClient } from "./raw-client.ts";
import { request, tallyClient, tallyServer } from "./tally-service.ts";
import { untilReceived } from "./until-received.ts";

const mebibyte = 1024 * 1024;
const maxFrameBytes = 16 * mebibyte;
const { userLimits } = process.report.getReport() as {
  readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
};
/** Both ends of each are in this process. */
const most = Number(userLimits?.open_files?.soft ?? 1_024) > 2_500 ? 1_000 : 300;

describe("connections that each announce a frame of 16 MiB cost less than 4 MiB together", () => {
  const hex = (text: string): Buffer => Buffer.from(text, "hex");
  it.each<[number, string, Codec<Uint8Array>, Uint8Array]>([
    [most, "lengthPrefix", codec(lengthPrefix({ maxFrameBytes }), bytes()), hex("01000000")],
    [
      100,
      "lengthPrefix as varint",
      codec(lengthPrefix({ width: "varint", maxFrameBytes }), bytes()),
      hex("80808008"),
    ],
    [100, "netstring", codec(netstring({ maxFrameBytes }), bytes()), Buffer.from(`${maxFrameBytes}:`)],
    [
      100,
      "contentLength",
      codec(contentLength({ maxFrameBytes }), bytes()),
      Buffer.from(`Content-Length: ${maxFrameBytes}\r\n\r\n`),
    ],
    [100, "msgpackFrames", msgpackFrames<Uint8Array>({ maxFrameBytes }), hex("01000000")],
  ])("%i by %s", async (count, _, spoken, header) => {
    const server = createServer({ codec: spoken, handler: echo<Uint8Array>(), maxConnections: 2 * count });
    const message = Uint8Array.of(1, 2, 3);
    await besideAProbe(
      server,
      (url) => echoedClient(url, spoken, message),
      async (url) => {
        const clients = await times(count, () => rawClient(url));
        // What is made with the first bytes of a connection belongs to the connection, not to the frame.
        const before = await memoryHeld();
        for (const client of clients) client.send(header);
        await untilReceived(server, count * header.length);
        const after = await memoryHeld();
        expect(after.buffers - before.buffers).toBeLessThan(mebibyte);
        expect(after.heap - before.heap).toBeLessThan(3 * mebibyte);
        for (const client of clients) client.reset();
        await Promise.all(clients.map(({ gone }) => gone));
      },
    );
  });
});

describe("a caller that never reads its answers is read no further, and holds no more than 4 MiB and what was read ahead", () => {
  const line = (text: string): string => `${text}\n`;
  const text = "x".repeat(1_000);
  const calls = Array.from({ length: 200 }, (_, id) => request(id, "echo", { text }).trim());
  it.each<[string, string]>([
    ["of calls", calls.map(line).join("")],
    ["of batches", line(`[${calls.join(",")}]`)],
    ["of streams with credit", request(1, "countdown", { from: 50_000 }, { credit: 50_000 })],
  ])("%s", async (_, requests) => {
    const { server } = tallyServer({}, { writeStallMs: 200 });
    let bytesIn = 0;
    server.events.on("closed", ({ connection, reason }) => {
      if (reason.kind === "write-stall") bytesIn = connection.counters.bytesIn;
    });
    const reasons = await besideAProbe(server, tallyClient, async (url) => {
      const client = (await rawClient(url)).stopReading();
      const before = await memoryHeld();
      const whole = Buffer.from(requests);
      const repeated = 20 * mebibyte;
      for (let sent = 0; sent < repeated; sent += whole.length) client.send(whole);
      let most = 0;
      const stalled = new Promise<void>((resolve) => {
        server.events.on("closed", ({ connection, reason }) => {
          if (reason.kind !== "write-stall") return;
          most = connection.counters.bufferedBytes;
          resolve();
        });
      });
      await stalled;
      const after = await memoryHeld();
      expect(most).toBeLessThanOrEqual(4 * mebibyte);
      // What is unsent on the client's side are references to one buffer.
      expect(after.buffers - before.buffers).toBeLessThan(8 * mebibyte);
      await client.reset().gone;
    });
    expect(reasons["write-stall"]).toBe(1);
    expect(bytesIn).toBeGreaterThan(0);
    expect(bytesIn).toBeLessThan(20 * mebibyte);
  });
});
