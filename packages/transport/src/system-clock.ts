import type { Clock } from "@parley/core";

/** The system's time: `performance.now`, `setTimeout`, `process.nextTick`. Its timers keep the process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  after(delayMs: number, task: () => void) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  endOfTurn: (task: () => void) => process.nextTick(task),
});
