import type { Clock } from "../clock.ts";
import type { TimingWheel, WheelTask } from "../timing-wheel.ts";
import type { CloseReason } from "./close-reason.ts";
import { type DeadlineLimits, Deadlines, type Vitals } from "./deadlines.ts";

/** Whose deadlines a {@link Watch} keeps. */
export interface Watched {
  readonly vitals: Vitals;
  /** The other side is to give a sign of life. */
  ask(): void;
  /** A deadline has passed. */
  overdue(reason: CloseReason): void;
}

/** Has a connection looked at as often as its deadlines need. */
export class Watch implements WheelTask {
  dueTick = 0;
  readonly #wheel: TimingWheel;
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  readonly #watched: Watched;

  constructor(wheel: TimingWheel, clock: Clock, limits: DeadlineLimits, watched: Watched) {
    this.#wheel = wheel;
    this.#clock = clock;
    this.#watched = watched;
    this.#deadlines = new Deadlines(limits, clock.now());
    this.#lookLater();
  }

  expire(): void {
    this.#lookLater();
    const verdict = this.#deadlines.look(this.#watched.vitals, this.#clock.now());
    if (verdict === "heartbeat") this.#watched.ask();
    else if (verdict !== null) this.#watched.overdue(verdict);
  }

  end(): void {
    this.#wheel.cancel(this);
  }

  #lookLater(): void {
    if (this.#deadlines.lookEveryMs < Number.POSITIVE_INFINITY)
      this.#wheel.schedule(this, this.#deadlines.lookEveryMs);
  }
}
