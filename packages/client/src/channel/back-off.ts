/** Between which bounds the delays before a next try grow. */
export interface BackOffLimits {
  /** The first delay is at most so long; each failure doubles that. */
  readonly initialDelayMs: number;
  /** No delay is longer. */
  readonly maxDelayMs: number;
}

/**
 * A delay of chance, in whole milliseconds: anything from 0 to a bound that doubles with every failure, so that one client is back soon and a
 * client of many waits about as long again as the server has been gone; once the bound is `maxDelayMs`, anything from half of that to all, so
 * that clients in step stay spread however long it takes. `random` gives numbers from 0 to below 1.
 */
export function jitteredMs(failures: number, limits: BackOffLimits, random: () => number): number {
  const { initialDelayMs, maxDelayMs } = limits;
  const bound = Math.min(maxDelayMs, initialDelayMs * 2 ** failures);
  const least = bound === maxDelayMs && failures > 0 ? bound / 2 : 0;
  return Math.round(least + random() * (bound - least));
}

/** The delays of one client, one after the other. */
export class BackOff {
  readonly limits: BackOffLimits;
  readonly #random: () => number;
  #failures = 0;

  constructor(limits: BackOffLimits, random: () => number) {
    this.limits = limits;
    this.#random = random;
  }

  /** How many delays were given since it began anew. */
  get failures(): number {
    return this.#failures;
  }

  /** The next delay. */
  next(): number {
    const delayMs = jitteredMs(this.#failures, this.limits, this.#random);
    this.#failures += 1;
    return delayMs;
  }

  /** Begins anew, with short delays. */
  reset(): void {
    this.#failures = 0;
  }
}
