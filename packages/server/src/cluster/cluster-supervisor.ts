import { checkInteger, ParleyError } from "@parley/core";
import type { ServerCounters } from "../reception.ts";
import { ClusterEmitter } from "./cluster-events.ts";
import type { ClusterSetup } from "./cluster-options.ts";
import { type ClusterReport, clusterReport, type WorkerExit } from "./cluster-report.ts";
import { Place } from "./place.ts";
import type { WorkerInfo } from "./worker-info.ts";
import type { Fork } from "./worker-process.ts";

/** The counters of one worker's server. */
export interface WorkerCounters {
  readonly id: number;
  readonly pid: number | null;
  readonly counters: ServerCounters;
}

/** What `serveCluster` resolves with in the primary: keeps the workers alive. It carries no connection's bytes itself. */
export class ClusterSupervisor {
  readonly role = "primary" as const;
  /** What happens to the workers, as it happens. */
  readonly events: ClusterEmitter = new ClusterEmitter();
  readonly #setup: ClusterSetup;
  readonly #places: readonly Place[];
  #rolling: Promise<ClusterReport> | null = null;
  #closed: Promise<ClusterReport> | null = null;
  #report: ClusterReport | null = null;

  constructor(setup: ClusterSetup, fork: Fork) {
    this.#setup = setup;
    this.#places = Array.from(
      { length: setup.workers },
      (_, index) => new Place(index + 1, setup, fork, this.events),
    );
  }

  /** The workers at this moment, by place. */
  get workers(): WorkerInfo[] {
    return this.#places.map(({ info }) => info);
  }

  /** Where the workers listen, as URLs with the real ports. */
  get addresses(): string[] {
    return [...new Set(this.workers.flatMap(({ addresses }) => addresses))];
  }

  /** What `close` resolved with; null until every process is gone. */
  get report(): ClusterReport | null {
    return this.#report;
  }

  /** Asks the workers for the counters of their servers; who does not answer within `timeoutMs` (default 1,000) is left out. */
  async counters({ timeoutMs = 1_000 }: { readonly timeoutMs?: number } = {}): Promise<WorkerCounters[]> {
    checkInteger("timeoutMs", timeoutMs, 0, 0x7fff_ffff);
    const answers = await Promise.all(
      this.#places.map(async ({ info: { id, pid }, serving }) => {
        const counters = (await serving?.counters(timeoutMs)) ?? null;
        return counters === null ? null : { id, pid, counters };
      }),
    );
    return answers.filter((answer) => answer !== null);
  }

  /** Starts every worker: the first alone, so that what fails for all of them fails once. @throws ParleyError; none is left then. */
  async begin(): Promise<void> {
    try {
      const [first, ...others] = this.#places;
      await first?.begin();
      await Promise.all(others.map((place) => place.begin()));
    } catch (error) {
      await this.close({ graceMs: 0 });
      throw error;
    }
  }

  /**
   * Replaces the workers one after the other: each new one listens before the old one drains, for up to `graceMs` (default the
   * option's), so that the addresses stay served. Resolves with what the drains found and did; called while it is at it, with the same.
   * @throws ParleyError `bad-option`; `closed` if the cluster is closed, also meanwhile; as `start` did in a new worker: then the old
   * one serves on, and so do those behind it.
   */
  restart({ graceMs = this.#setup.graceMs }: { readonly graceMs?: number } = {}): Promise<ClusterReport> {
    checkInteger("graceMs", graceMs, 0, 0x7fff_ffff);
    this.#rolling ??= this.#roll(graceMs).finally(() => {
      this.#rolling = null;
    });
    return this.#rolling;
  }

  /**
   * Drains all workers at once, each for up to `graceMs` (default the option's); one that has not ended `killMarginMs` after that is
   * killed. Resolves when every process is gone. Called again it returns the same report.
   * @throws ParleyError `bad-option`.
   */
  close({ graceMs = this.#setup.graceMs }: { readonly graceMs?: number } = {}): Promise<ClusterReport> {
    checkInteger("graceMs", graceMs, 0, 0x7fff_ffff);
    if (this.#closed === null) {
      this.#closed = this.#drain(graceMs);
      this.events.tell("draining", { graceMs });
    }
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #roll(graceMs: number): Promise<ClusterReport> {
    const exits: WorkerExit[] = [];
    for (const place of this.#places) {
      this.#checkNotClosed();
      try {
        const exit = await place.replace(graceMs);
        if (exit !== null) exits.push(exit);
      } catch (error) {
        this.#checkNotClosed();
        throw error;
      }
    }
    return clusterReport(exits);
  }

  async #drain(graceMs: number): Promise<ClusterReport> {
    const exits = await Promise.all(this.#places.map((place) => place.close(graceMs)));
    const report = clusterReport(exits.flat());
    this.#report = report;
    this.events.tell("drained", { report });
    return report;
  }

  #checkNotClosed(): void {
    if (this.#closed === null) return;
    throw new ParleyError("closed", "The cluster is closed; its workers are not replaced any more.");
  }
}
