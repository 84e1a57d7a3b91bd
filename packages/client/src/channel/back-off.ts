/** Between which bounds the delays before a next try grow. */
export interface BackOffLimits {
  /** The first delay is at most so long; each failure doubles that. */
  readonly initialDelayMs: number;
  /** No delay is longer. */
  readonly maxDelayMs: number;
}

/**
 * A delay with full jitter: anything from 0 to a bound that doubles with every failure, in whole milliseconds. The whole range is used, so
 * that those who were disturbed together do not come back together. `random` gives numbers from 0 to below 1.
 */
export function fullJitterMs(failures: number, limits: BackOffLimits, random: () => number): number {
  return Math.round(random() * Math.min(limits.maxDelayMs, limits.initialDelayMs * 2 ** failures));
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
    const delayMs = fullJitterMs(this.#failures, this.limits, this.#random);
    this.#failures += 1;
    return delayMs;
  }

  /** Begins anew, with short delays. */
  reset(): void {
    this.#failures = 0;
  }
}
