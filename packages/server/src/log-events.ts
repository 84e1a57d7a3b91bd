import { type Connection, describeCloseReason, isOrderly } from "@parley/core";
import type { Logger } from "pino";
import type { ServerEmitter } from "./server-events.ts";

/** Writes one line per event of a server. */
export function logEvents(events: ServerEmitter, logger: Logger): void {
  events.on("listening", ({ address }) => logger.info({ address }, "listening"));
  events.on("serving", ({ connection }) => logger.debug(who(connection), "serving"));
  events.on("waiting", ({ connection }) => logger.info(who(connection), "waiting"));
  events.on("refused", ({ connection, reason }) =>
    logger.warn({ ...who(connection), reason: describeCloseReason(reason) }, "refused"),
  );
  events.on("closed", ({ connection, reason }) =>
    logger[isOrderly(reason) ? "debug" : reason.by === "remote" ? "info" : "warn"](
      { ...who(connection), by: reason.by, reason: describeCloseReason(reason), ...connection.counters },
      "closed",
    ),
  );
  events.on("handler-error", ({ connection, error }) =>
    logger.error({ ...who(connection), err: error }, "handler failed"),
  );
  events.on("listener-error", ({ address, error }) =>
    logger.error({ address, err: error }, "accepting failed"),
  );
  events.on("subscriber-error", ({ event, error }) =>
    logger.error({ event, err: error }, "subscriber failed"),
  );
  events.on("draining", ({ graceMs }) => logger.info({ graceMs }, "draining"));
  events.on("drained", ({ report }) => logger.info({ ...report }, "drained"));
}

function who({ id, remoteAddress }: Connection<unknown, never>): {
  connection: string;
  remoteAddress: string;
} {
  return { connection: id, remoteAddress };
}
