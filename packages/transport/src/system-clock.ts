import type { Clock } from "@parley/core";

/** What is to run at the end of this turn. One tick serves all of it: a tick each costs as much as a small write. */
let tasks: (() => void)[] = [];

function runTasks(): void {
  const due = tasks;
  tasks = [];
  let at = 0;
  try {
    while (at < due.length) (due[at++] as () => void)();
  } finally {
    // One that throws must not keep the others from running.
    for (; at < due.length; at++) endOfTurn(due[at] as () => void);
  }
}

function endOfTurn(task: () => void): void {
  if (tasks.push(task) === 1) process.nextTick(runTasks);
}

/** The system's time: `performance.now`, `setTimeout`, `process.nextTick`. Its timers keep the process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  after(delayMs: number, task: () => void) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  endOfTurn,
});
