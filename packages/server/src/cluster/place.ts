import type { Cancel } from "@parley/core";
import type { ClusterEmitter } from "./cluster-events.ts";
import type { ClusterSetup } from "./cluster-options.ts";
import type { WorkerExit } from "./cluster-report.ts";
import { restartDelayMs } from "./restart-delay.ts";
import type { WorkerInfo } from "./worker-info.ts";
import type { Fork } from "./worker-process.ts";
import { WorkerRun } from "./worker-run.ts";

/** One of a cluster's places: sees to it that a worker's process is there. */
export class Place {
  readonly #id: number;
  readonly #setup: ClusterSetup;
  readonly #fork: Fork;
  readonly #events: ClusterEmitter;
  /** The process that is to serve. */
  #current: WorkerRun | null = null;
  /** The process that takes over once it listens. */
  #next: WorkerRun | null = null;
  /** Processes whose place is taken, and that drain. */
  readonly #leaving = new Set<WorkerRun>();
  #cancelRestart: Cancel | null = null;
  /** Processes in a row that died too soon. */
  #failures = 0;
  #restarts = 0;
  /** `begun` as soon as a process has listened: before, one that fails is not replaced. */
  #state: "new" | "begun" | "closing" = "new";

  constructor(id: number, setup: ClusterSetup, fork: Fork, events: ClusterEmitter) {
    this.#id = id;
    this.#setup = setup;
    this.#fork = fork;
    this.#events = events;
  }

  get info(): WorkerInfo {
    const run = this.#current ?? this.#next;
    if (run !== null) return this.#describe(run);
    const state = this.#state === "closing" ? "exited" : "waiting";
    return { id: this.#id, pid: null, state, restarts: this.#restarts, addresses: [] };
  }

  /** The process that serves, if one does. */
  get serving(): WorkerRun | null {
    return this.#current;
  }

  /** Starts the first process. @throws ParleyError as `start` did in it; none takes its place then. */
  async begin(): Promise<void> {
    await this.#start("current").listening;
  }

  /**
   * Puts another process here: once it listens, the one before drains; resolves when that is gone. @throws ParleyError as `start` did
   * in it; the one before serves on.
   */
  async replace(graceMs: number): Promise<WorkerExit | null> {
    this.#cancelRestart?.();
    this.#cancelRestart = null;
    const before = this.#current;
    await this.#start("next").listening;
    return before?.drain(graceMs, this.#setup.killMarginMs) ?? null;
  }

  /** Drains and ends whatever process is here; no other follows. */
  close(graceMs: number): Promise<WorkerExit[]> {
    this.#state = "closing";
    this.#cancelRestart?.();
    this.#cancelRestart = null;
    const runs = [this.#current, this.#next, ...this.#leaving].filter((run) => run !== null);
    return Promise.all(runs.map((run) => run.drain(graceMs, this.#setup.killMarginMs)));
  }

  #start(as: "current" | "next"): WorkerRun {
    const run = new WorkerRun(this.#fork, this.#id, this.#setup.clock, this.#setup.readyTimeoutMs);
    if (as === "current") this.#current = run;
    else this.#next = run;
    run.listening.then(
      () => this.#listens(run),
      (error) => this.#events.tell("worker-failed", { worker: this.#describe(run), error }),
    );
    void run.ended.then((exit) => this.#exited(run, exit));
    this.#events.tell("worker-forked", { worker: this.#describe(run) });
    return run;
  }

  #listens(run: WorkerRun): void {
    const again = this.#state !== "new";
    if (this.#state === "new") this.#state = "begun";
    if (run === this.#next) {
      if (this.#current !== null) this.#leaving.add(this.#current);
      this.#current = run;
      this.#next = null;
    }
    if (again) this.#restarts += 1;
    const worker = this.#describe(run);
    this.#events.tell("worker-listening", { worker });
    if (again) this.#events.tell("worker-restarted", { worker });
  }

  #exited(run: WorkerRun, { code, signal }: WorkerExit): void {
    const worker = this.#describe(run);
    this.#leaving.delete(run);
    if (run === this.#current) this.#current = null;
    if (run === this.#next) this.#next = null;
    const vacant = this.#state === "begun" && this.#current === null && this.#next === null;
    const restartInMs = vacant && this.#cancelRestart === null ? this.#restartLater(run.listenedMs) : null;
    this.#events.tell("worker-exited", { worker, code, signal, restartInMs });
  }

  #restartLater(listenedMs: number | null): number {
    const { restart, random, clock } = this.#setup;
    const wasHealthy = listenedMs !== null && listenedMs >= restart.healthyMs;
    this.#failures = wasHealthy ? 1 : this.#failures + 1;
    const delayMs = restartDelayMs(this.#failures, restart, random);
    this.#cancelRestart = clock.after(delayMs, () => {
      this.#cancelRestart = null;
      this.#start("current");
    });
    return delayMs;
  }

  #describe({ pid, state, addresses }: WorkerRun): WorkerInfo {
    return { id: this.#id, pid, state, restarts: this.#restarts, addresses };
  }
}
