import type { Clock } from "@parley/core";
import { nextTurn } from "./next-turn.ts";

/** What is to run at the end of this turn. One tick serves all of it: a tick each costs as much as a small write. */
let tasks: ((() => void) | null)[] = [];
let count = 0;
/** The list of another turn, to be used again: a new one for each would be a quarter of a kilobyte of garbage. */
let spare: ((() => void) | null)[] = [];

function runTasks(): void {
  const due = tasks;
  const dueCount = count;
  tasks = spare;
  count = 0;
  let at = 0;
  try {
    while (at < dueCount) {
      const task = due[at] as () => void;
      due[at++] = null;
      task();
    }
  } finally {
    // One that throws must not keep the others from running.
    for (; at < dueCount; at++) {
      endOfTurn(due[at] as () => void);
      due[at] = null;
    }
    spare = due;
  }
}

function endOfTurn(task: () => void): void {
  tasks[count++] = task;
  if (count === 1) process.nextTick(runTasks);
}

/** The system's time: `performance.now`, `setTimeout`, `process.nextTick`, `setImmediate`. Its timers keep the process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  after(delayMs: number, task: () => void) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  endOfTurn,
  nextTurn,
});
