// Parley's handler styles, over 4-byte lengths.
import { byteFrames, codec, lengthPrefix, text } from "@parley/core";
import { createServer, echo, logMessages, pipe, rateLimit, requestTimeout } from "@parley/server";
import { pino } from "pino";
import { report } from "../../servers/report.mjs";

const borrowed = byteFrames({ borrow: true });

const variants = {
  borrowed: () => ({ codec: borrowed, handler: echo() }),
  copied: () => ({ codec: byteFrames(), handler: echo() }),
  text: () => ({ codec: codec(lengthPrefix(), text()), handler: echo() }),
  async: () => ({
    codec: borrowed,
    handler: {
      async message(message, connection) {
        connection.send(message);
      },
    },
  }),
  iterated: () => ({
    codec: borrowed,
    async handler(connection) {
      for await (const message of connection) connection.send(message);
    },
  }),
  /** Every deadline, limit and log that does not change what is answered; the counters that metrics are made of are always on. */
  guarded() {
    const logger = pino({ level: "info" }, pino.destination("/dev/null"));
    return {
      codec: borrowed,
      handler: pipe(
        echo(),
        logMessages(logger),
        rateLimit({ messagesPerSecond: 1_000_000_000, bytesPerSecond: 1_000_000_000_000 }),
        requestTimeout(5_000),
      ),
      logger,
      maxConnectionsPerAddress: 15_000,
      idleTimeoutMs: 30_000,
      frameTimeoutMs: 5_000,
      firstMessageTimeoutMs: 30_000,
    };
  },
  /** And requests told, should anybody listen; the log does not at its level. */
  observed: () => ({ ...variants.guarded(), requestEvents: true }),
  /** And somebody listens: two events of each message. */
  heard: () => variants.observed(),
};

const variant = process.argv[3] ?? "borrowed";
const server = createServer(variants[variant]());
if (variant === "heard") {
  let pending = 0;
  server.events.on("request-begun", () => pending++);
  server.events.on("request-ended", () => pending--);
}
const [address] = await server.listen("tcp://127.0.0.1:0");
report(Number(new URL(address).port));
