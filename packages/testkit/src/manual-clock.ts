import type { Cancel, Clock } from "@parley/core";
import { nextTurn } from "./turn.ts";

/** A clock that stands still until it is advanced by hand. */
export interface ManualClock extends Clock {
  /** Tasks that are neither run nor cancelled: the timers that somebody still owns. */
  readonly pending: number;
  /** Lets `ms` milliseconds pass: runs what falls due, in order, each at its own time, before it returns. */
  advance(ms: number): void;
  /** Lets time pass until something falls due, and runs that alone; answers whether there was anything. */
  advanceToNext(): boolean;
}

interface Task {
  readonly due: number;
  readonly run: () => void;
}

/** A clock that begins at 0. Turns of the event loop are real ones: `endOfTurn` is `process.nextTick`, `nextTurn` is `setImmediate`. */
export function manualClock(): ManualClock {
  const tasks = new Set<Task>();
  let now = 0;

  /** The first to fall due; of several at the same time, the one that was set first. */
  function next(until: number): Task | undefined {
    let first: Task | undefined;
    for (const task of tasks)
      if (first === undefined ? task.due <= until : task.due < first.due) first = task;
    return first;
  }

  return {
    now: () => now,
    get pending() {
      return tasks.size;
    },
    after(delayMs: number, run: () => void): Cancel {
      const task = { due: now + Math.max(0, delayMs), run };
      tasks.add(task);
      return () => void tasks.delete(task);
    },
    endOfTurn: (task) => process.nextTick(task),
    nextTurn,
    advance(ms) {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
        throw new RangeError(`A clock cannot advance by ${ms} ms.`);
      const until = now + ms;
      for (let task = next(until); task !== undefined; task = next(until)) {
        tasks.delete(task);
        now = task.due;
        task.run();
      }
      now = until;
    },
    advanceToNext() {
      const task = next(Number.POSITIVE_INFINITY);
      if (task === undefined) return false;
      tasks.delete(task);
      now = task.due;
      task.run();
      return true;
    },
  };
}
