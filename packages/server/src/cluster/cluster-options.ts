import type { ClusterSettings } from "node:cluster";
import { availableParallelism } from "node:os";
import { type Clock, checkInteger, checkOneOf, ParleyError, withDefaults } from "@parley/core";
import { systemClock } from "@parley/transport";
import type { ClusterServer } from "./cluster-worker.ts";
import type { RestartLimits } from "./restart-delay.ts";

/** Who gets a new connection: `round-robin`, each worker in turn; `shared`, whichever worker the system wakes. */
export type Scheduling = "round-robin" | "shared";

/** How a program is served by several processes; see `serveCluster`. */
export interface ClusterOptions<S extends ClusterServer = ClusterServer> {
  /** Creates the server and has it listen; runs in each worker. It may return what closes more than the server, as long as that has the same members. */
  readonly start: () => S | PromiseLike<S>;
  /** How many workers. Default one for each processor that this program may use; from 1 to 1,024. */
  readonly workers?: number | undefined;
  /** How long a worker's drain waits for busy connections. Default 10,000 ms. */
  readonly graceMs?: number | undefined;
  /** How long after the grace a worker that has not ended is killed. Default 5,000 ms. */
  readonly killMarginMs?: number | undefined;
  /** How long a worker may take until it listens; then it is killed. From 1 ms. Default 30,000 ms. */
  readonly readyTimeoutMs?: number | undefined;
  /** When a dead worker is replaced. */
  readonly restart?:
    | {
        /** Default 100 ms; at least 1. */
        readonly minDelayMs?: number | undefined;
        /** Default 30,000 ms; at least `minDelayMs`. */
        readonly maxDelayMs?: number | undefined;
        /** Default 10,000 ms; one that never listened is never healthy. */
        readonly healthyMs?: number | undefined;
      }
    | undefined;
  /** Default Node's: `round-robin`, or as `NODE_CLUSTER_SCHED_POLICY` says. The first cluster of a program decides for all. */
  readonly scheduling?: Scheduling | undefined;
  /** Given to `cluster.setupPrimary` of `node:cluster`. Default none: workers run the same program with the same arguments. */
  readonly settings?: ClusterSettings | undefined;
  /** Default the system's; tests pass their own. */
  readonly clock?: Clock | undefined;
  /** Default `Math.random`; tests pass their own. */
  readonly random?: (() => number) | undefined;
}

/** The part of the options that has defaults. */
interface ClusterLimits {
  workers: number;
  graceMs: number;
  killMarginMs: number;
  readyTimeoutMs: number;
  clock: Clock;
  random: () => number;
}

/** The options that have a fixed default, with it. */
export const clusterDefaults: Readonly<Omit<ClusterLimits, "workers">> = Object.freeze({
  graceMs: 10_000,
  killMarginMs: 5_000,
  readyTimeoutMs: 30_000,
  clock: systemClock,
  random: Math.random,
});

/** Those of `restart`. */
export const clusterRestartDefaults: Readonly<RestartLimits> = Object.freeze({
  minDelayMs: 100,
  maxDelayMs: 30_000,
  healthyMs: 10_000,
});

const maxTimerMs = 0x7fff_ffff;

/** What a cluster needs of its options, checked and complete. */
export interface ClusterSetup<S extends ClusterServer = ClusterServer> extends Readonly<ClusterLimits> {
  readonly start: () => S | PromiseLike<S>;
  readonly restart: Readonly<RestartLimits>;
  readonly scheduling: Scheduling | undefined;
  readonly settings: ClusterSettings | undefined;
}

/** Checks options and completes them. @throws ParleyError `bad-option`. */
export function clusterSetup<S extends ClusterServer>(options: ClusterOptions<S>): ClusterSetup<S> {
  const { start, scheduling, settings } = options;
  if (typeof start !== "function") {
    throw new ParleyError(
      "bad-option",
      "start is no function; give one that creates a server, has it listen and returns it.",
    );
  }
  const own = withDefaults({ ...clusterDefaults, workers: availableParallelism() }, options);
  const restart = withDefaults(clusterRestartDefaults, options.restart ?? {});
  checkInteger("workers", own.workers, 1, 1_024);
  checkInteger("graceMs", own.graceMs, 0, maxTimerMs);
  checkInteger("killMarginMs", own.killMarginMs, 0, maxTimerMs);
  checkInteger("readyTimeoutMs", own.readyTimeoutMs, 1, maxTimerMs);
  checkInteger("minDelayMs", restart.minDelayMs, 1, maxTimerMs);
  checkInteger("maxDelayMs", restart.maxDelayMs, restart.minDelayMs, maxTimerMs);
  checkInteger("healthyMs", restart.healthyMs, 0);
  if (scheduling !== undefined) checkOneOf("scheduling", scheduling, ["round-robin", "shared"]);
  return Object.freeze({ ...own, start, restart: Object.freeze(restart), scheduling, settings });
}

/** From the beginning of a drain to the kill; timers cannot be longer. */
export function killAfterMs(graceMs: number, killMarginMs: number): number {
  return Math.min(graceMs + killMarginMs, maxTimerMs);
}
