import { describe, expect, it } from "vitest";
import { ScriptedClock } from "../test/scripted-stream.ts";
import { DeadlineTimer } from "./deadline-timer.ts";

function timerOf(deadlines: number[]) {
  const clock = new ScriptedClock();
  const sweeps: number[] = [];
  const timer = new DeadlineTimer(clock, (now) => {
    sweeps.push(now);
    return Math.min(...deadlines.filter((deadline) => deadline > now));
  });
  return { clock, sweeps, timer };
}

describe("DeadlineTimer", () => {
  it("owns one timer for all deadlines and none for none", () => {
    const { clock, timer } = timerOf([]);
    timer.expect(Number.POSITIVE_INFINITY);
    expect(clock.timers).toBe(0);
    for (const deadline of [30, 20, 40, 25]) timer.expect(deadline);
    expect(clock.timers).toBe(1);
  });

  it("sweeps at each deadline that is still to be met, and at no other time", () => {
    const { clock, sweeps, timer } = timerOf([20, 40]);
    timer.expect(40);
    timer.expect(20);
    for (let ms = 0; ms < 100; ms += 10) clock.advance(10);
    expect(sweeps).toEqual([20, 40]);
    expect(clock.timers).toBe(0);
  });

  it("reaches a deadline that is further off than a timer can be set", () => {
    const far = 0x7fff_ffff * 2 + 1_000;
    const { clock, sweeps, timer } = timerOf([far]);
    timer.expect(far);
    for (const ms of [0x7fff_ffff, 0x7fff_ffff, 1_000]) clock.advance(ms);
    expect(sweeps.at(-1)).toBe(far);
    expect(sweeps.length).toBe(3);
  });

  it("owns nothing once stopped, and takes nothing more", () => {
    const { clock, sweeps, timer } = timerOf([20]);
    timer.expect(20);
    timer.stop();
    timer.expect(10);
    expect(clock.timers).toBe(0);
    clock.advance(100);
    expect(sweeps).toEqual([]);
  });
});
