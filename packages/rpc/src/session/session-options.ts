import { checkInteger, checkIntegerOrInfinity, withDefaults } from "@parley/core";

/** The limits of a channel, in both directions. */
export interface SessionOptions {
  /**
   * How many requests may be in flight each way. Of the other side's, those beyond are answered as overloaded; our
   * own wait. With as many notifications being worked on, nothing is received until some are through. Default 256; at least 1.
   */
  readonly maxInFlight?: number | undefined;
  /**
   * How many bytes of the other side's messages may be kept for what is in flight: requests, items of input that are not taken, notifications.
   * With more, nothing is received until some are through. Default 16 MiB; at least 1.
   */
  readonly maxInFlightBytes?: number | undefined;
  /** How many requests one batch may hold; a longer one is refused as a whole. Default 256; at least 1. */
  readonly maxBatch?: number | undefined;
  /** How many items of a stream may be on their way. Default 64; at least 1. */
  readonly streamWindow?: number | undefined;
  /**
   * How many items are collected into one answer for who asks for a stream without credit.
   * Default 1,000; at least 1.
   */
  readonly maxCollected?: number | undefined;
  /**
   * After how long a silence the other side is asked for a sign of life; after twice as long it counts as
   * vanished. Default 20,000 ms; Infinity for never.
   */
  readonly pingIntervalMs?: number | undefined;
  /** What who is turned away is told to wait. Default 1,000 ms. */
  readonly retryAfterMs?: number | undefined;
  /** Whether JSON-RPC 1.0 is spoken too: requests without `jsonrpc`, which are answered in kind. Default false. */
  readonly lenient?: boolean | undefined;
  /**
   * Whether nothing is sent that is not plain JSON-RPC: no `meta`, so that the other side knows of no deadline and no key, no pings
   * and no cancelling; a stream comes as one array. For who refuses what it does not know. Default false.
   */
  readonly plain?: boolean | undefined;
}

/** The same, complete. */
export type SessionLimits = Readonly<{
  [K in keyof SessionOptions]-?: Exclude<SessionOptions[K], undefined>;
}>;

/** The defaults of {@link SessionOptions}. */
export const sessionDefaults: SessionLimits = Object.freeze({
  maxInFlight: 256,
  maxInFlightBytes: 16 * 1024 * 1024,
  maxBatch: 256,
  streamWindow: 64,
  maxCollected: 1_000,
  pingIntervalMs: 20_000,
  retryAfterMs: 1_000,
  lenient: false,
  plain: false,
});

/** Checks options and completes them. @throws ParleyError `bad-option`. */
export function sessionOptions(given: SessionOptions = {}): SessionLimits {
  const options = withDefaults<SessionLimits>(sessionDefaults, given);
  checkIntegerOrInfinity("maxInFlight", options.maxInFlight, 1);
  checkIntegerOrInfinity("maxInFlightBytes", options.maxInFlightBytes, 1);
  checkIntegerOrInfinity("maxBatch", options.maxBatch, 1);
  checkInteger("streamWindow", options.streamWindow, 1, 0x7fff_ffff);
  checkIntegerOrInfinity("maxCollected", options.maxCollected, 1);
  checkIntegerOrInfinity("pingIntervalMs", options.pingIntervalMs, 1);
  checkInteger("retryAfterMs", options.retryAfterMs, 0, 0x7fff_ffff);
  return Object.freeze(options);
}
