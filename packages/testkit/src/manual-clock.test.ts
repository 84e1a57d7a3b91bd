import { describe, expect, it } from "vitest";
import { manualClock } from "./manual-clock.ts";

describe("a manual clock", () => {
  it("stands still until it is advanced", () => {
    const clock = manualClock();
    let ran = 0;
    clock.after(10, () => ran++);
    clock.advance(9);
    expect([ran, clock.now(), clock.pending]).toEqual([0, 9, 1]);
    clock.advance(1);
    expect([ran, clock.now(), clock.pending]).toEqual([1, 10, 0]);
    clock.advance(100);
    expect(ran).toBe(1);
  });

  it("runs tasks in the order they fall due, each at its time, those set meanwhile included", () => {
    const clock = manualClock();
    const log: string[] = [];
    const note = (name: string) => () => log.push(`${name}@${clock.now()}`);
    clock.after(20, note("late"));
    clock.after(5, () => {
      note("first")();
      clock.after(5, note("nested"));
    });
    clock.after(5, note("second"));
    clock.after(10, note("third"));
    clock.advance(15);
    expect(log).toEqual(["first@5", "second@5", "third@10", "nested@10"]);
    clock.advance(5);
    expect(log.at(-1)).toBe("late@20");
  });

  it("runs nothing that was cancelled, however late or often", () => {
    const clock = manualClock();
    let ran = 0;
    const cancelled = clock.after(1, () => ran++);
    cancelled();
    cancelled();
    const done = clock.after(1, () => ran++);
    clock.advance(1);
    done();
    expect([ran, clock.pending]).toEqual([1, 0]);
  });

  it("ends a turn when the turn ends", async () => {
    const clock = manualClock();
    const log: string[] = [];
    clock.endOfTurn(() => log.push("end"));
    log.push("now");
    await new Promise(setImmediate);
    expect(log).toEqual(["now", "end"]);
  });

  it("never goes back, nor on for ever", () => {
    const clock = manualClock();
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => clock.advance(ms)).toThrow(RangeError);
  });
});
