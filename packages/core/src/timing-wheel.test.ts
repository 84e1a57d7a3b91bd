import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScriptedClock } from "../test/scripted-stream.ts";
import { TimingWheel, type WheelTask, wheelOf } from "./timing-wheel.ts";

function task(expire: () => void): WheelTask {
  return { before: null, behind: null, expire };
}

/** A clock that passes time in steps of 10 ms, so that every timer is called at its own time. */
class SteppedClock extends ScriptedClock {
  override advance(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10) super.advance(10);
  }
}
const steppedClock = (): SteppedClock => new SteppedClock();

describe("the timing wheel", () => {
  it("calls back at its time or up to two ticks later, with one timer for all, and rests when nothing is left", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3_000), fc.nat(3_000)), { minLength: 1, maxLength: 40 }),
        (plan) => {
          const clock = steppedClock();
          const wheel = new TimingWheel(clock);
          const late: number[] = [];
          for (const [startMs, delayMs] of plan) {
            clock.after(startMs, () => {
              const dueAt = clock.now() + delayMs;
              wheel.schedule(
                task(() => late.push(clock.now() - dueAt)),
                delayMs,
              );
            });
          }
          clock.advance(7_000);
          expect(late.length).toBe(plan.length);
          for (const ms of late) expect(ms >= 0 && ms <= 200).toBe(true);
          expect(clock.timers).toBe(0);
        },
      ),
    );
  });

  it("has one timer, however many tasks", () => {
    const clock = steppedClock();
    const wheel = new TimingWheel(clock);
    const tasks = Array.from({ length: 1_000 }, () => task(() => {}));
    for (const [index, each] of tasks.entries()) wheel.schedule(each, index);
    expect(clock.timers).toBe(1);
    for (const each of tasks) wheel.cancel(each);
    expect(clock.timers).toBe(0);
  });

  it("does not call back what was cancelled or set anew, even by another task of the same tick", () => {
    const clock = steppedClock();
    const wheel = new TimingWheel(clock);
    const called: string[] = [];
    const victim = task(() => called.push("victim"));
    const moved = task(() => called.push(`moved at ${clock.now()}`));
    wheel.schedule(
      task(() => {
        wheel.cancel(victim);
        wheel.schedule(moved, 1_000);
      }),
      50,
    );
    wheel.schedule(victim, 50);
    wheel.schedule(moved, 50);
    clock.advance(5_000);
    expect(called).toEqual(["moved at 1200"]);
    wheel.cancel(victim);
    expect(clock.timers).toBe(0);
  });

  it("lets a task set itself anew, and others go on when one throws", () => {
    const clock = steppedClock();
    const wheel = new TimingWheel(clock);
    let rounds = 0;
    const again = task(() => {
      if (++rounds < 5) wheel.schedule(again, 100);
    });
    wheel.schedule(again, 100);
    wheel.schedule(
      task(() => {
        throw new Error("not the wheel's fault");
      }),
      250,
    );
    let behind = 0;
    wheel.schedule(
      task(() => {
        behind += 1;
      }),
      250,
    );
    expect(() => clock.advance(400)).toThrow("not the wheel's fault");
    clock.advance(2_000);
    expect([rounds, behind]).toEqual([5, 1]);
    expect(clock.timers).toBe(0);
  });

  it.each([1, 50, 99, 100, 101, 250])(
    "goes on for one task alone that sets itself anew after %i ms",
    (ms) => {
      const clock = steppedClock();
      const wheel = new TimingWheel(clock);
      const gaps: number[] = [];
      let last = 0;
      const again = task(() => {
        gaps.push(clock.now() - last);
        last = clock.now();
        wheel.schedule(again, ms);
      });
      wheel.schedule(again, ms);
      clock.advance(10_000);
      expect(gaps.length).toBeGreaterThanOrEqual(Math.floor(10_000 / (ms + 210)));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(ms + 210);
    },
  );

  it("catches up when time has jumped", () => {
    let now = 0;
    const timers: (() => void)[] = [];
    const clock = {
      now: () => now,
      after: (_: number, run: () => void) => {
        timers.push(run);
        return () => {};
      },
      endOfTurn() {},
      nextTurn() {},
    };
    const wheel = new TimingWheel(clock);
    const called: number[] = [];
    for (const delayMs of [100, 5_000, 60_000]) {
      wheel.schedule(
        task(() => called.push(delayMs)),
        delayMs,
      );
    }
    now = 10_000;
    timers.at(-1)?.();
    expect(called).toEqual([100, 5_000]);
  });

  it("is one per clock", () => {
    const [one, other] = [steppedClock(), steppedClock()];
    expect(wheelOf(one)).toBe(wheelOf(one));
    expect(wheelOf(one)).not.toBe(wheelOf(other));
  });
});
