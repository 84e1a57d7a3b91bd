// The process that is soaked: every handler, each at a port of its own. It tells their addresses, and what it holds on to when asked.
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { byteFrames, bytes, codec, raw, textLines } from "@parley/core";
import {
  broadcast,
  chargen,
  createServer,
  discard,
  echo,
  pipe,
  rateLimit,
  requestTimeout,
  serve,
  time,
} from "@parley/server";
import { service } from "./service.mjs";

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc");
const limits = {
  frameTimeoutMs: 2_000,
  writeStallMs: 2_000,
  idleTimeoutMs: 10_000,
  maxBufferedBytes: 256 * 1024,
  maxConnections: 2_000,
};
const lines = textLines();

const calls = createServer({
  ...limits,
  handler: serve(service, {
    add: ({ a, b }) => a + b,
    async wait({ ms }) {
      await sleep(ms);
      return ms;
    },
    async *count({ to }) {
      for (let n = 0; n < to; n++) yield n;
    },
  }),
});
const servers = {
  calls,
  echo: createServer({
    ...limits,
    codec: lines,
    handler: pipe(echo(), requestTimeout(5_000), rateLimit({ messagesPerSecond: 100_000 })),
  }),
  frames: createServer({ ...limits, codec: byteFrames({ borrow: true }), handler: echo() }),
  iterated: createServer({
    ...limits,
    codec: lines,
    async handler(connection) {
      for await (const line of connection) connection.send(line);
    },
  }),
  room: createServer({ ...limits, codec: lines, handler: broadcast(lines) }),
  discard: createServer({ ...limits, codec: codec(raw(), bytes()), handler: discard() }),
  chargen: createServer({ ...limits, codec: codec(raw(), bytes()), handler: chargen() }),
  time: createServer({ ...limits, codec: codec(raw(), bytes()), handler: time() }),
};

const addresses = {};
for (const [name, server] of Object.entries(servers))
  [addresses[name]] = await server.listen("tcp://127.0.0.1:0");
let unhandled = 0;
process.on("unhandledRejection", () => unhandled++);
const ticking = setInterval(() => calls.emit("tick", { at: Date.now() }), 200);

process.on("message", async (what) => {
  if (what === "close") {
    clearInterval(ticking);
    await Promise.all(Object.values(servers).map((server) => server.close({ graceMs: 1_000 })));
    process.disconnect();
    return;
  }
  for (let times = 0; times < 3; times++) collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({
    heapBytes: heapUsed + external,
    rssBytes: rss,
    descriptors: readdirSync("/proc/self/fd").length,
    connections: Object.values(servers).reduce((sum, server) => sum + server.connections().length, 0),
    unhandled,
  });
});
process.send(addresses);
