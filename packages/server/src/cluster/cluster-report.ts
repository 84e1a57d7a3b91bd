import type { DrainReport } from "../drain.ts";

/** How a worker's process ended. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What its drain found and did; null if it had none, or did not live to tell. */
  readonly report: DrainReport | null;
  /** Whether it ever listened. */
  readonly listened: boolean;
  /** Whether it was killed because it did not end in time. */
  readonly killed: boolean;
}

/** What the drains of several workers found and did, summed up; of those that were killed or lost no connection is counted. */
export interface ClusterReport extends DrainReport {
  /** Workers that did not end in time and were killed. */
  readonly killed: number;
  /** Workers that died while they drained, with whatever exit code: they listened, and did not live to report, or failed behind it. */
  readonly lost: number;
}

/** Sums up. */
export function clusterReport(exits: readonly WorkerExit[]): ClusterReport {
  const sum = (count: (exit: WorkerExit) => number): number =>
    exits.reduce((total, exit) => total + count(exit), 0);
  return Object.freeze({
    completed: sum(({ report }) => report?.completed ?? 0),
    idle: sum(({ report }) => report?.idle ?? 0),
    aborted: sum(({ report }) => report?.aborted ?? 0),
    refused: sum(({ report }) => report?.refused ?? 0),
    killed: sum(({ killed }) => Number(killed)),
    lost: sum(({ code, report, listened, killed }) =>
      Number(listened && !killed && (code !== 0 || report === null)),
    ),
  });
}
