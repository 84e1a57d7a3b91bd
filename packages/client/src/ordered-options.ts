import { type Clock, checkInteger, checkIntegerOrInfinity, withDefaults } from "@parley/core";
import { systemClock } from "@parley/transport";

/** The limits of an ordered channel. */
export interface OrderedOptions {
  /** How long a reply may take, the wait to be sent included. Default 30,000 ms; Infinity for ever. */
  readonly timeoutMs?: number | undefined;
  /**
   * How many requests may be on the wire without their reply, given up ones included; further ones wait in order.
   * Default 256; at least 1.
   */
  readonly maxInFlight?: number | undefined;
  /**
   * How many requests on the wire may have been given up, by a timeout or an abort, before the channel is closed.
   * Default 64; from 0. From `maxInFlight` on it closes nothing: the wire is full before.
   */
  readonly maxLate?: number | undefined;
  /** Default the system's; tests pass their own. */
  readonly clock?: Clock | undefined;
}

type Limits = { [K in keyof OrderedOptions]-?: NonNullable<OrderedOptions[K]> };

export const orderedDefaults: Readonly<Limits> = Object.freeze({
  timeoutMs: 30_000,
  maxInFlight: 256,
  maxLate: 64,
  clock: systemClock,
});

/** The options with their defaults, checked. @throws ParleyError `bad-option`. */
export function orderedOptions(given: OrderedOptions): Readonly<Limits> {
  const options = withDefaults(orderedDefaults, given);
  checkIntegerOrInfinity("timeoutMs", options.timeoutMs, 1);
  checkInteger("maxInFlight", options.maxInFlight, 1);
  checkInteger("maxLate", options.maxLate, 0);
  return Object.freeze(options);
}
