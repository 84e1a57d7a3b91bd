import { type Clock, checkIntegerOrInfinity, withDefaults } from "@parley/core";
import { systemClock } from "@parley/transport";

/** Bytes a second, framing included: whole numbers of at least 1, or Infinity for no limit. */
export interface ShapingRates {
  /** What each connection may be sent by the other side. */
  readonly readBytesPerSecond: number;
  /** What each connection may send. */
  readonly writeBytesPerSecond: number;
  /** What all connections together may be sent. */
  readonly totalReadBytesPerSecond: number;
  /** What all connections together may send. */
  readonly totalWriteBytesPerSecond: number;
}

/** The rates that are given; the others keep their value. */
export type GivenRates = { readonly [K in keyof ShapingRates]?: ShapingRates[K] | undefined };

/** The rates that a shaper begins with, each by default Infinity, and its clock. */
export interface TrafficShaperOptions extends GivenRates {
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

const unlimited: ShapingRates = Object.freeze({
  readBytesPerSecond: Number.POSITIVE_INFINITY,
  writeBytesPerSecond: Number.POSITIVE_INFINITY,
  totalReadBytesPerSecond: Number.POSITIVE_INFINITY,
  totalWriteBytesPerSecond: Number.POSITIVE_INFINITY,
});

/** `before` with what is given over it, checked. @throws ParleyError `bad-option`. */
export function shapingRates(given: GivenRates, before: ShapingRates = unlimited): ShapingRates {
  const rates = withDefaults<ShapingRates>(before, given);
  for (const name of Object.keys(unlimited) as (keyof ShapingRates)[])
    checkIntegerOrInfinity(name, rates[name], 1);
  return Object.freeze(rates);
}

/** A shaper's clock. */
export function shapingClock({ clock }: TrafficShaperOptions): Clock {
  return clock ?? systemClock;
}
