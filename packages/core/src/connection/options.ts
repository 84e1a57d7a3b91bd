import { ParleyError } from "../error.ts";
import { checkInteger, checkIntegerOrInfinity, withDefaults } from "../options.ts";

/** The limits of one connection. */
export interface ConnectionOptions {
  /** Buffered outbound bytes above which `send` returns false. Default 64 KiB. */
  readonly highWatermarkBytes?: number;
  /** Buffered outbound bytes at or below which writing may go on. Default a quarter of the high one, 16 KiB. */
  readonly lowWatermarkBytes?: number;
  /**
   * Buffered outbound bytes beyond which the connection is destroyed as `slow-consumer`. Default 4 MiB; never taken as
   * less than two frames, nor as less than the high watermark.
   */
  readonly maxBufferedBytes?: number;
  /** How many received bytes are kept beyond what is handled before reading stops. Default 64 KiB. */
  readonly readAheadBytes?: number;
  /** The same for a connection that waits in the backlog. Default 16 KiB. */
  readonly waitingReadAheadBytes?: number;
  /**
   * Whether messages are held back while the outbound buffer stands above its high watermark. Default true: who does not
   * read replies is not read. A side that asks and must go on reading the answers while it asks sets it false.
   */
  readonly holdBackWhenFull?: boolean;
  /** How long, after our FIN, the other side may take to send its own before the connection is destroyed. Default 2,000 ms. */
  readonly lingerMs?: number;
  /** How long the other side may take nothing of what is to be sent before the connection is destroyed. Default 30,000 ms. */
  readonly writeStallMs?: number;
  /**
   * How long not a byte may come or go, with nothing in flight, before the connection is closed. Default 60,000 ms for who is
   * accepted, Infinity for who dials.
   */
  readonly idleTimeoutMs?: number;
  /**
   * How long a frame may take from its first byte to its last, however the bytes trickle in. It does not run while messages are
   * held back here. Default 10,000 ms.
   */
  readonly frameTimeoutMs?: number;
  /** How long the first message may take, from when the connection is served. Default Infinity. */
  readonly firstMessageTimeoutMs?: number;
}

export const connectionDefaults: Readonly<Required<ConnectionOptions>> = Object.freeze({
  highWatermarkBytes: 64 * 1024,
  lowWatermarkBytes: 16 * 1024,
  maxBufferedBytes: 4 * 1024 * 1024,
  readAheadBytes: 64 * 1024,
  waitingReadAheadBytes: 16 * 1024,
  holdBackWhenFull: true,
  lingerMs: 2_000,
  writeStallMs: 30_000,
  idleTimeoutMs: 60_000,
  frameTimeoutMs: 10_000,
  firstMessageTimeoutMs: Number.POSITIVE_INFINITY,
});

/**
 * The options with their defaults, checked; made once for all connections of a server.
 * @throws ParleyError `bad-option`.
 */
export function connectionOptions(given: ConnectionOptions): Readonly<Required<ConnectionOptions>> {
  const options = withDefaults(connectionDefaults, given);
  if (given.lowWatermarkBytes === undefined)
    options.lowWatermarkBytes = Math.floor(options.highWatermarkBytes / 4);
  checkInteger("highWatermarkBytes", options.highWatermarkBytes, 1);
  checkInteger("lowWatermarkBytes", options.lowWatermarkBytes, 0);
  checkInteger("maxBufferedBytes", options.maxBufferedBytes, 1);
  checkInteger("readAheadBytes", options.readAheadBytes, 1);
  checkInteger("waitingReadAheadBytes", options.waitingReadAheadBytes, 1);
  checkInteger("lingerMs", options.lingerMs, 0, 0x7fff_ffff);
  for (const name of ["writeStallMs", "idleTimeoutMs", "frameTimeoutMs", "firstMessageTimeoutMs"] as const)
    checkIntegerOrInfinity(name, options[name], 1);
  if (options.lowWatermarkBytes > options.highWatermarkBytes) {
    throw new ParleyError(
      "bad-option",
      `lowWatermarkBytes is ${options.lowWatermarkBytes}, above highWatermarkBytes (${options.highWatermarkBytes}); give it at most that.`,
    );
  }
  options.maxBufferedBytes = Math.max(options.maxBufferedBytes, options.highWatermarkBytes);
  return Object.freeze(options);
}
