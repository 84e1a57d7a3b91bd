import {
  type AnyHandler,
  type Clock,
  type Codec,
  type ConnectionOptions,
  checkInteger,
  checkIntegerOrInfinity,
  checkOneOf,
  connectionOptions,
  ParleyError,
  withDefaults,
} from "@parley/core";
import { systemClock } from "@parley/transport";
import type { Logger } from "pino";

/** How a server treats its connections as a whole; the limits of each are in `ConnectionOptions`. */
export interface ServerOptions<In, Out = In, Data = unknown> extends ConnectionOptions {
  readonly codec: Codec<In, Out>;
  readonly handler: AnyHandler<In, Out, Data>;
  /** How many connections are served at once; 1 is sequential. Default Infinity; at least 1. */
  readonly concurrency?: number | undefined;
  /** How many accepted connections may wait to be served. Default 128; from 0. */
  readonly backlog?: number | undefined;
  /** How long a connection may wait before it is refused. Default 60,000 ms; Infinity for ever. */
  readonly waitTimeoutMs?: number | undefined;
  /** What becomes of a connection beyond both: refused at once. */
  readonly overflow?: "refuse" | undefined;
  /** Sent to a connection that is refused, before it is closed. Default none: it is reset. */
  readonly refusal?: Out | undefined;
  /** How long a drain waits for busy connections. Default 10,000 ms. */
  readonly graceMs?: number | undefined;
  /** Where the server's events are logged, one line each. Default nowhere. */
  readonly logger?: Logger | undefined;
  /** Default the system's; tests pass their own. */
  readonly clock?: Clock | undefined;
}

/** The part of the options that has defaults of its own. */
interface ServerLimits {
  concurrency: number;
  backlog: number;
  waitTimeoutMs: number;
  overflow: "refuse";
  graceMs: number;
  clock: Clock;
}

const defaults: Readonly<ServerLimits> = Object.freeze({
  concurrency: Number.POSITIVE_INFINITY,
  backlog: 128,
  waitTimeoutMs: 60_000,
  overflow: "refuse",
  graceMs: 10_000,
  clock: systemClock,
});

/** What a server needs of its options, checked and complete. */
export interface ServerSetup<In, Out, Data> extends Readonly<ServerLimits> {
  readonly codec: Codec<In, Out>;
  readonly handler: AnyHandler<In, Out, Data>;
  readonly connection: Readonly<Required<ConnectionOptions>>;
  readonly refusal: Out | undefined;
  readonly logger: Logger | undefined;
}

/** Checks options and completes them. @throws ParleyError `bad-option`. */
export function serverSetup<In, Out, Data>(
  options: ServerOptions<In, Out, Data>,
): ServerSetup<In, Out, Data> {
  const {
    codec,
    handler,
    refusal,
    logger,
    concurrency,
    backlog,
    waitTimeoutMs,
    overflow,
    graceMs,
    clock,
    ...connection
  } = options;
  const own = withDefaults(defaults, { concurrency, backlog, waitTimeoutMs, overflow, graceMs, clock });
  checkHandler(handler);
  if (typeof codec?.frame?.decoder !== "function") {
    throw new ParleyError("bad-option", "codec is missing; give one, for example textLines().");
  }
  checkIntegerOrInfinity("concurrency", own.concurrency, 1);
  checkInteger("backlog", own.backlog, 0);
  checkIntegerOrInfinity("waitTimeoutMs", own.waitTimeoutMs, 1);
  checkOneOf("overflow", own.overflow, ["refuse"]);
  checkInteger("graceMs", own.graceMs, 0, 0x7fff_ffff);
  const limits = connectionOptions(connection);
  return Object.freeze({ ...own, codec, handler, refusal, logger, connection: limits });
}

function checkHandler(handler: unknown): void {
  if (typeof handler === "function") return;
  if (typeof (handler as { message?: unknown } | undefined)?.message === "function") return;
  throw new ParleyError(
    "bad-option",
    "handler is neither a function nor an object with a message callback; give one of them, for example echo().",
  );
}
