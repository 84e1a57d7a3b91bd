import type { Cancel, Clock } from "./clock.ts";

/** A place in a ring of tasks; null where it is in none. The wheel's own. */
export interface WheelLink {
  before: WheelLink | null;
  behind: WheelLink | null;
}

/** What a {@link TimingWheel} calls back; it stands in one wheel, once, at a time. */
export interface WheelTask extends WheelLink {
  /** @param lateMs how much later than its tick: more than a tick only if the event loop stood still. */
  expire(lateMs: number): void;
}

const tickMs = 100;

/** The ring of the tasks of one tick. A set would take three times the memory for each, and the time to grow. */
class Slot implements WheelLink {
  readonly tick: number;
  before: WheelLink = this;
  behind: WheelLink = this;

  constructor(tick: number) {
    this.tick = tick;
  }
}

/**
 * Timers that nobody needs to the millisecond, for the price of one: all of them are looked at in ticks of 100 ms, and one
 * is called back at its time or up to two ticks later, never before. Setting and cancelling cost the same however many there are.
 */
export class TimingWheel {
  readonly #clock: Clock;
  /** The tasks of each tick to come. */
  readonly #slots = new Map<number, Slot>();
  readonly #turn = (): void => this.#advance();
  #passedTick = 0;
  #cancel: Cancel | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `task` back after `delayMs`, and not when it was to be called before. */
  schedule(task: WheelTask, delayMs: number): void {
    this.cancel(task);
    const now = this.#clock.now();
    if (this.#cancel === null) {
      this.#passedTick = Math.floor(now / tickMs);
      this.#cancel = this.#clock.after(tickMs, this.#turn);
    }
    const tick = Math.floor((now + delayMs) / tickMs) + 1;
    let slot = this.#slots.get(tick);
    if (slot === undefined) {
      slot = new Slot(tick);
      this.#slots.set(tick, slot);
    }
    const { before } = slot;
    task.before = before;
    task.behind = slot;
    before.behind = task;
    slot.before = task;
  }

  /** Forgets `task`, if it is to be called back at all. */
  cancel(task: WheelTask): void {
    const { before, behind } = task;
    if (before === null || behind === null) return;
    before.behind = behind;
    behind.before = before;
    task.before = null;
    task.behind = null;
    // Nothing but the slot itself is left in the ring.
    if (before === behind) this.#slots.delete((before as Slot).tick);
    if (this.#slots.size === 0) this.#rest();
  }

  #advance(): void {
    this.#cancel = this.#clock.after(tickMs, this.#turn);
    const now = Math.floor(this.#clock.now() / tickMs);
    while (this.#passedTick < now && this.#slots.size > 0) {
      const tick = this.#passedTick + 1;
      const slot = this.#slots.get(tick);
      while (slot !== undefined && slot.behind !== slot) {
        const task = slot.behind as WheelTask;
        this.cancel(task);
        // If it throws, the next turn goes on with those behind it.
        task.expire((now - tick) * tickMs);
      }
      // A task that emptied the wheel and set itself anew has begun another count.
      this.#passedTick = Math.max(this.#passedTick, tick);
    }
    if (this.#slots.size === 0) this.#rest();
  }

  #rest(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}

const wheels = new WeakMap<Clock, TimingWheel>();

/** The one wheel of a clock. */
export function wheelOf(clock: Clock): TimingWheel {
  let wheel = wheels.get(clock);
  if (wheel === undefined) {
    wheel = new TimingWheel(clock);
    wheels.set(clock, wheel);
  }
  return wheel;
}
