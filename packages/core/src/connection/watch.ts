import type { Clock } from "../clock.ts";
import { type TimingWheel, type WheelLink, type WheelTask, wheelOf } from "../timing-wheel.ts";
import type { CloseReason } from "./close-reason.ts";
import { type DeadlineLimits, Deadlines, lookEveryMs, type Vitals } from "./deadlines.ts";

/** Whose deadlines a {@link Watch} keeps. */
export interface Watched {
  readonly vitals: Vitals;
  /** The other side is to give a sign of life. */
  ask(): void;
  /** A deadline has passed. */
  overdue(reason: CloseReason): void;
}

/** What the watches of all connections with the same limits share. */
export class WatchPlan {
  readonly limits: DeadlineLimits;
  readonly lookEveryMs: number;
  readonly wheel: TimingWheel;
  readonly #clock: Clock;

  constructor(clock: Clock, limits: DeadlineLimits) {
    this.limits = limits;
    this.lookEveryMs = lookEveryMs(limits);
    this.wheel = wheelOf(clock);
    this.#clock = clock;
  }

  /** In whole milliseconds. */
  now(): number {
    return Math.floor(this.#clock.now());
  }
}

/** Ticks are never that late unless something holds up the event loop. */
const stalledMs = 200;

/** A connection's deadlines, which a wheel has looked at as often as they need. */
export class Watch extends Deadlines implements WheelTask {
  before: WheelLink | null = null;
  behind: WheelLink | null = null;
  readonly #plan: WatchPlan;
  readonly #watched: Watched;

  constructor(plan: WatchPlan, watched: Watched) {
    super(plan.now());
    this.#plan = plan;
    this.#watched = watched;
    plan.wheel.schedule(this, plan.lookEveryMs);
  }

  expire(lateMs: number): void {
    const { wheel, lookEveryMs, limits } = this.#plan;
    // If it was we who stood still, what has come meanwhile is to be read first, and what goes on now may be over by then.
    if (lateMs > stalledMs) {
      this.see(this.#watched.vitals, this.#plan.now());
      return wheel.schedule(this, 0);
    }
    wheel.schedule(this, lookEveryMs);
    const verdict = this.look(limits, this.#watched.vitals, this.#plan.now());
    if (verdict === "heartbeat") this.#watched.ask();
    else if (verdict !== null) this.#watched.overdue(verdict);
  }

  end(): void {
    this.#plan.wheel.cancel(this);
  }
}
