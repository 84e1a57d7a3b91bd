/**
 * What a worker is at: it has not told yet that it listens; it listens; it was told to finish; its process is gone; or there is
 * none until the delay before the next one is over.
 */
export type WorkerState = "starting" | "listening" | "draining" | "exited" | "waiting";

/** A worker at one moment, as plain data. */
export interface WorkerInfo {
  /** Its place, from 1 to the number of workers; the process that replaces it has the same. */
  readonly id: number;
  /** Null while no process is there. */
  readonly pid: number | null;
  readonly state: WorkerState;
  /** How many times a process has stood in for an earlier one at this place. */
  readonly restarts: number;
  /** Where it listens. */
  readonly addresses: readonly string[];
}
