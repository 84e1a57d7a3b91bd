import { connect, createClient } from "@parley/client";
import { textLines } from "@parley/core";
import { contract } from "@parley/rpc";
import { authenticate, createServer, echo, pipe, serve } from "@parley/server";
import { neverReadingClient } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { Type } from "typebox";
import { expect, it } from "vitest";
import { besideAProbe, echoedClient, times } from "./beside-a-probe.ts";

it("Redis CVE-2025-21605: replies to who has not authenticated, and reads none, are bounded", async () => {
  const limit = 64 * 1024;
  let most = 0;
  const server = createServer<string>({
    codec: textLines(),
    maxBufferedBytes: limit,
    writeStallMs: 300,
    handler: pipe(
      echo<string>(),
      authenticate<string>({
        verify: (message) => message === "probe",
        welcome: "probe",
        rejection: "no ".repeat(100),
        maxTries: 1_000_000,
      }),
    ),
  });
  server.events.on("closed", ({ connection }) => {
    most = Math.max(most, connection.counters.bytesIn);
  });
  const reasons = await besideAProbe(
    server,
    async (url) => {
      const good = await echoedClient(url, textLines(), "probe");
      await good.request();
      return { ...good, connect: good.request };
    },
    async (url) => {
      const clients = await times(5, () =>
        neverReadingClient(socketDial(url), Buffer.from("AUTH wrong\n"), 5_000_000),
      );
      await Promise.all(clients.map(({ gone }) => gone));
    },
  );
  expect(reasons["write-stall"]).toBe(5);
  // Of 55 MB each.
  expect(most).toBeLessThan(10 * 1024 * 1024);
});

it("basic-ftp CVE-2026-44240: a reply without an end is cut off at maxFrameBytes", async () => {
  const server = createServer<string>({
    codec: textLines(),
    handler: {
      message(message, connection) {
        connection.send(message === "endless" ? "x".repeat(1_000_000) : message);
      },
    },
  });
  await besideAProbe(
    server,
    (url) => echoedClient(url, textLines(), "probe"),
    async (url) => {
      const client = await connect(url, textLines({ maxFrameBytes: 1_000 }));
      client.send("endless");
      const reading = client[Symbol.asyncIterator]().next();
      await expect(reading).rejects.toMatchObject({
        code: "closed",
        reason: { kind: "frame-too-long", limit: 1_000 },
      });
    },
  );
});

it("jayson #92: any number of calls goes by one connection", async () => {
  const sums = contract("sums", {
    methods: { double: { params: Type.Object({ n: Type.Number() }), result: Type.Number() } },
  });
  const server = createServer({ handler: serve(sums, { double: ({ n }) => 2 * n }) });
  const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
  let served = 0;
  server.events.on("serving", () => void served++);
  const client = createClient(sums, url);
  const answers = await times(1_000, (n) => client.call("double", { n }));
  expect(answers).toEqual(Array.from({ length: 1_000 }, (_, n) => 2 * n));
  await client.close();
  await server.close();
  expect(served).toBe(1);
});
