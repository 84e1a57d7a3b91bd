import { deflateRawSync } from "node:zlib";
import { connect } from "@parley/client";
import { codec, compressed, lengthPrefix, text, textLines } from "@parley/core";
import { authenticate, createServer, echo, pipe } from "@parley/server";
import { lyingClient, neverReadingClient } from "@parley/testkit";
import { socketDial } from "@parley/transport";
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

it("NATS CVE-2026-27571: a bomb before authentication is inflated no further than a message may be", async () => {
  const messages = compressed(codec(lengthPrefix(), text()));
  let verified = 0;
  const server = createServer<string>({
    codec: messages,
    handler: pipe(
      echo<string>(),
      authenticate<string>({
        verify(message) {
          verified += 1;
          return message === "probe";
        },
        welcome: "probe",
      }),
    ),
  });
  const bomb = deflateRawSync(Buffer.alloc(256 * 1024 * 1024), { level: 9 });
  const frame = Buffer.alloc(4 + bomb.length);
  frame.writeUInt32BE(bomb.length);
  bomb.copy(frame, 4);
  const reasons = await besideAProbe(
    server,
    async (url) => {
      const good = await echoedClient(url, messages, "probe");
      await good.request();
      return { ...good, connect: good.request };
    },
    async (url) => {
      const clients = await times(20, () => lyingClient(socketDial(url), frame));
      await Promise.all(clients.map(({ gone }) => gone));
    },
  );
  expect(reasons["frame-too-long"]).toBe(20);
  expect(verified).toBe(1);
});

it("NATS CVE-2026-58250: a second authentication message is a message like any other", async () => {
  const verified: string[] = [];
  const server = createServer<string>({
    codec: textLines(),
    handler: pipe(
      echo<string>(),
      authenticate<string>({
        verify(message, connection) {
          verified.push(message);
          connection.data = message;
          return message.startsWith("I am ");
        },
        welcome: "I am the probe",
      }),
    ),
  });
  await besideAProbe(
    server,
    async (url) => {
      const good = await echoedClient(url, textLines(), "I am the probe");
      await good.request();
      return { ...good, connect: good.request };
    },
    async (url) => {
      const client = await connect(url, textLines());
      // In one write, as whoever wants to be taken for two would send them.
      for (const message of ["I am Alice", "I am Bob", "hello"]) client.send(message);
      const echoed: string[] = [];
      for await (const message of client) if (echoed.push(message) === 3) break;
      expect(echoed).toEqual(["I am the probe", "I am Bob", "hello"]);
      const [, served] = server.connections();
      expect(verified).toEqual(["I am the probe", "I am Alice"]);
      expect(served?.data).toBe("I am Alice");
      await client.close();
    },
  );
});
