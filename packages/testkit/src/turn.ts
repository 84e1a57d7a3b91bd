import { setImmediate } from "node:timers";

/** Has a task run in a turn of its own, later. */
export type Turn = (task: () => void) => void;

/** The next turn of the event loop. */
export const nextTurn: Turn = (task) => void setImmediate(task);
