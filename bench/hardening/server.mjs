// The process that has to stand it: `server.mjs LIMITS`, options of its servers as JSON. Every handler has a port of its own.
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapCodeStatistics } from "node:v8";
import { byteFrames, bytes, codec, raw, textLines } from "@parley/core";
import {
  broadcast,
  chargen,
  createServer,
  daytime,
  discard,
  echo,
  pipe,
  proxy,
  rateLimit,
  requestTimeout,
  serve,
  time,
} from "@parley/server";
import { answerQuestions } from "../servers/answer-questions.mjs";
import { collectGarbage, ownUsage } from "../servers/usage.mjs";
import { echoed, service } from "./service.mjs";

const limits = JSON.parse(process.argv[2] ?? "{}");
const anything = codec(raw(), bytes());
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
  lines: createServer({ ...limits, codec: echoed.lines, handler: echo() }),
  frames: createServer({ ...limits, codec: echoed.frames, handler: echo() }),
  headers: createServer({ ...limits, codec: echoed.headers, handler: echo() }),
  piped: createServer({
    ...limits,
    codec: lines,
    handler: pipe(echo(), requestTimeout(5_000), rateLimit({ messagesPerSecond: 100_000 })),
  }),
  borrowed: createServer({ ...limits, codec: byteFrames({ borrow: true }), handler: echo() }),
  iterated: createServer({
    ...limits,
    codec: lines,
    async handler(connection) {
      for await (const line of connection) connection.send(line);
    },
  }),
  sequential: createServer({ ...limits, codec: lines, handler: echo(), concurrency: 4, backlog: 16 }),
  room: createServer({ ...limits, codec: lines, handler: broadcast(lines) }),
  discard: createServer({ ...limits, codec: anything, handler: discard() }),
  chargen: createServer({ ...limits, codec: anything, handler: chargen() }),
  time: createServer({ ...limits, codec: anything, handler: time() }),
  daytime: createServer({ ...limits, codec: anything, handler: daytime() }),
};
const addresses = {};
for (const [name, server] of Object.entries(servers))
  [addresses[name]] = await server.listen("tcp://127.0.0.1:0");
servers.proxied = createServer({
  ...limits,
  codec: anything,
  handler: proxy(addresses.lines),
  holdBackWhenFull: false,
});
[addresses.proxied] = await servers.proxied.listen("tcp://127.0.0.1:0");

const closed = {};
const limitsReached = {};
/** By connections that are closed. */
let receivedBytes = 0;
for (const { events } of Object.values(servers)) {
  events.on("closed", ({ connection, reason }) => {
    count(closed, reason.kind);
    receivedBytes += connection.counters.bytesIn;
  });
  events.on("limit-reached", ({ reason }) => count(limitsReached, reason.kind));
}
let unhandled = 0;
process.on("unhandledRejection", () => {
  unhandled += 1;
});
const ticking = setInterval(() => calls.emit("tick", { at: Date.now() }), 200);

function count(counts, name) {
  counts[name] = (counts[name] ?? 0) + 1;
}

function usage() {
  const { heapUsed, external } = process.memoryUsage();
  // As of the last collection.
  const { code_and_metadata_size, bytecode_and_metadata_size } = getHeapCodeStatistics();
  return {
    ...ownUsage(),
    /** Without what V8 has compiled, of which it makes more for many minutes. */
    heapBytes: heapUsed + external - code_and_metadata_size - bytecode_and_metadata_size,
    descriptors: readdirSync("/proc/self/fd").length,
    connections: Object.values(servers).reduce((sum, server) => sum + [...server.connections()].length, 0),
    closed,
    receivedBytes,
    limitsReached,
    unhandled,
  };
}

answerQuestions({
  usage,
  collected() {
    collectGarbage();
    return usage();
  },
  /** Whether all that is left for the process to do is to end. */
  async close() {
    clearInterval(ticking);
    await Promise.all(Object.values(servers).map((server) => server.close({ graceMs: 1_000 })));
    return usage();
  },
});
process.send({ addresses });
