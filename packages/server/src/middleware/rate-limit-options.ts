import {
  type Clock,
  checkInteger,
  checkIntegerOrInfinity,
  checkOneOf,
  ParleyError,
  withDefaults,
} from "@parley/core";
import { systemClock } from "@parley/transport";

/** How much one connection may send; `messagesPerSecond`, `bytesPerSecond` or both. */
export interface RateLimitOptions {
  /** Messages a second, in the long run. Default Infinity; at least 1. */
  readonly messagesPerSecond?: number | undefined;
  /** Messages at once, after a pause. Default `messagesPerSecond`: what a second's pause brings. At least 1. */
  readonly burst?: number | undefined;
  /** Received bytes a second, framing included, in the long run. Default Infinity; at least 1. */
  readonly bytesPerSecond?: number | undefined;
  /** Bytes at once, after a pause. Default `bytesPerSecond`. At least 1. */
  readonly burstBytes?: number | undefined;
  /**
   * What becomes of a message beyond: it waits its turn, and those behind it with it, up to `readAheadBytes` unread and the rest in
   * the other side's hands (`wait`, the default); or the connection is closed as `rate-limited` (`close`).
   */
  readonly onExceeded?: "wait" | "close" | undefined;
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

/** The options, complete. */
export interface RateLimits {
  messagesPerSecond: number;
  burst: number;
  bytesPerSecond: number;
  burstBytes: number;
  onExceeded: "wait" | "close";
  clock: Clock;
}

const defaults: Readonly<RateLimits> = Object.freeze({
  messagesPerSecond: Number.POSITIVE_INFINITY,
  burst: Number.POSITIVE_INFINITY,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  burstBytes: Number.POSITIVE_INFINITY,
  onExceeded: "wait",
  clock: systemClock,
});

/** The options with their defaults, checked. @throws ParleyError `bad-option`. */
export function rateLimits(given: RateLimitOptions): Readonly<RateLimits> {
  const limits = withDefaults(defaults, given);
  checkIntegerOrInfinity("messagesPerSecond", limits.messagesPerSecond, 1);
  checkIntegerOrInfinity("bytesPerSecond", limits.bytesPerSecond, 1);
  checkOneOf("onExceeded", limits.onExceeded, ["wait", "close"]);
  limits.burst = burst("burst", given.burst, "messagesPerSecond", limits.messagesPerSecond);
  limits.burstBytes = burst("burstBytes", given.burstBytes, "bytesPerSecond", limits.bytesPerSecond);
  if (
    limits.messagesPerSecond === Number.POSITIVE_INFINITY &&
    limits.bytesPerSecond === Number.POSITIVE_INFINITY
  ) {
    throw new ParleyError(
      "bad-option",
      "rateLimit() has no limit; give it messagesPerSecond, bytesPerSecond or both.",
    );
  }
  return Object.freeze(limits);
}

function burst(name: string, given: number | undefined, rateName: string, perSecond: number): number {
  if (given === undefined) return perSecond;
  if (perSecond !== Number.POSITIVE_INFINITY) return checkInteger(name, given, 1);
  throw new ParleyError("bad-option", `${name} is given without ${rateName}; give both or neither.`);
}
