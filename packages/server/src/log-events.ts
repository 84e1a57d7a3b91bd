import { type Connection, describeCloseReason, isOrderly } from "@parley/core";
import type { Logger } from "pino";
import { harmlessLog } from "./harmless-log.ts";
import type { ServerEmitter } from "./server-events.ts";

/** Writes one line per event of a server, harmless whoever sent what it tells. */
export function logEvents(events: ServerEmitter, given: Logger): void {
  const logger = harmlessLog(given);
  events.on("listening", ({ listener, address }) => logger.info({ listener, address }, "listening"));
  events.on("listening-ended", (event) => logger.info(event, "no longer listening"));
  events.on("serving", ({ connection, listener, waitedMs }) => {
    // Looked up in any case: once it is closed it no longer knows.
    const { remoteAddress } = connection;
    if (logger.isLevelEnabled("debug"))
      logger.debug({ connection: connection.id, remoteAddress, listener, waitedMs }, "serving");
  });
  events.on("waiting", ({ connection, listener }) =>
    logger.info({ ...who(connection), listener }, "waiting"),
  );
  events.on("refused", ({ connection, listener, reason }) =>
    logger.warn({ ...who(connection), listener, reason: describeCloseReason(reason) }, "refused"),
  );
  // Without spreads, which cost more than all else here (bench connect-rate).
  events.on("closed", ({ connection, listener, reason, ageMs }) => {
    const level = isOrderly(reason) ? "debug" : reason.by === "remote" ? "info" : "warn";
    if (!logger.isLevelEnabled(level)) return;
    const { bytesIn, bytesOut, messagesIn, messagesOut, bufferedBytes } = connection.counters;
    logger[level](
      {
        connection: connection.id,
        remoteAddress: connection.remoteAddress,
        listener,
        by: reason.by,
        reason: describeCloseReason(reason),
        ageMs,
        bytesIn,
        bytesOut,
        messagesIn,
        messagesOut,
        bufferedBytes,
      },
      "closed",
    );
  });
  events.onWhile(
    "request-begun",
    () => logger.isLevelEnabled("trace"),
    ({ request }) => logger.trace({ request }, "request begun"),
  );
  events.onWhile(
    "request-ended",
    () => logger.isLevelEnabled("debug"),
    ({ request, durationMs, error }) =>
      logger.debug({ request, durationMs, failed: error !== undefined }, "request ended"),
  );
  events.on("limit-reached", ({ reason }) =>
    logger.error({ reason: describeCloseReason(reason) }, "limit reached"),
  );
  events.on("limit-left", ({ kind }) => logger.info({ kind }, "limit left"));
  events.on("suspended", ({ addresses }) => logger.info({ addresses }, "suspended"));
  events.on("handler-error", ({ connection, error }) =>
    logFailure(logger, who(connection), error, "handler failed"),
  );
  events.on("call-failed", ({ connection, method, reference, error }) =>
    logFailure(logger, { ...who(connection), method, reference }, error, "call failed"),
  );
  events.on("listener-error", ({ address, error }) =>
    logger.error({ address, err: error }, "accepting failed"),
  );
  events.on("subscriber-error", ({ event, error }) =>
    logFailure(logger, { event }, error, "subscriber failed"),
  );
  events.on("handed-over", ({ pid }) => logger.info({ pid }, "handed over"));
  events.on("draining", ({ graceMs }) => logger.info({ graceMs }, "draining"));
  events.on("drained", ({ report }) => logger.info({ ...report }, "drained"));
}

/** Anything may have been thrown, also what throws when it is looked at: the line must not be lost, nor those who hear of it later. */
function logFailure(logger: Logger, about: object, error: unknown, message: string): void {
  try {
    logger.error({ ...about, err: error }, message);
  } catch {
    logger.error({ ...about, err: { message: "What was thrown cannot be read." } }, message);
  }
}

function who({ id, remoteAddress }: Connection<unknown, never>): {
  connection: string;
  remoteAddress: string;
} {
  return { connection: id, remoteAddress };
}
