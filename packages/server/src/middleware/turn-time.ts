import type { Clock } from "@parley/core";

/** A clock's time, read once per turn of the event loop: all messages of a chunk come at the same time. */
export class TurnTime {
  readonly #clock: Clock;
  #now: number | null = null;
  readonly #forget = (): void => {
    this.#now = null;
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    if (this.#now === null) {
      this.#now = this.#clock.now();
      this.#clock.endOfTurn(this.#forget);
    }
    return this.#now;
  }
}
