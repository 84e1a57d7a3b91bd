import type { Cancel, Clock } from "./clock.ts";

/** The longest delay that `setTimeout` takes; what lies beyond is reached in several. */
const longestDelayMs = 0x7fff_ffff;

/**
 * One timer for any number of deadlines: it is set for the earliest, and when that has come `sweep` looks at all of them.
 * A deadline that was met in the meantime costs nothing, and a timer that is set for it only an idle sweep.
 */
export class DeadlineTimer {
  readonly #clock: Clock;
  /** Handles what is due at `now`; answers the earliest deadline left, Infinity for none. */
  readonly #sweep: (now: number) => number;
  #at = Number.POSITIVE_INFINITY;
  #cancel: Cancel | null = null;
  readonly #run = (): void => {
    this.#at = Number.POSITIVE_INFINITY;
    this.expect(this.#sweep(this.#clock.now()));
  };

  constructor(clock: Clock, sweep: (now: number) => number) {
    this.#clock = clock;
    this.#sweep = sweep;
  }

  /** Takes a deadline into account. */
  expect(deadline: number): void {
    if (deadline >= this.#at) return;
    this.#cancel?.();
    this.#at = deadline;
    const delayMs = Math.max(0, Math.ceil(deadline - this.#clock.now()));
    this.#cancel = this.#clock.after(Math.min(delayMs, longestDelayMs), this.#run);
  }

  stop(): void {
    this.#cancel?.();
    this.#at = Number.NEGATIVE_INFINITY;
  }
}
