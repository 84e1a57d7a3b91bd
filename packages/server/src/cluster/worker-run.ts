import { type Cancel, type Clock, ParleyError } from "@parley/core";
import type { DrainReport } from "../drain.ts";
import type { ServerCounters } from "../reception.ts";
import type { FromWorker } from "./cluster-messages.ts";
import { killAfterMs } from "./cluster-options.ts";
import type { WorkerExit } from "./cluster-report.ts";
import type { WorkerState } from "./worker-info.ts";
import type { Fork, WorkerProcess } from "./worker-process.ts";

/** One process of a worker, from its fork to its exit, as the primary sees it. */
export class WorkerRun {
  /** Resolves once it listens; rejects with the reason once it is gone without having done so. */
  readonly listening: Promise<void>;
  readonly ended: Promise<WorkerExit>;
  readonly #clock: Clock;
  readonly #process: WorkerProcess | null;
  readonly #askers = new Set<(counters: ServerCounters | null) => void>();
  #state: Exclude<WorkerState, "waiting"> = "starting";
  #addresses: readonly string[] = [];
  #listensSince: number | null = null;
  #failure: ParleyError | null = null;
  #report: DrainReport | null = null;
  #cancelReady: Cancel = () => {};
  #kill: { readonly at: number; readonly cancel: Cancel } | null = null;
  #killed = false;
  #listens: () => void = () => {};
  #fails: (error: ParleyError) => void = () => {};
  #ends: (exit: WorkerExit) => void = () => {};

  /** @param readyTimeoutMs after which it is killed if it does not listen. */
  constructor(fork: Fork, place: number, clock: Clock, readyTimeoutMs: number) {
    this.#clock = clock;
    this.listening = new Promise((resolve, reject) => {
      this.#listens = resolve;
      this.#fails = reject;
    });
    // Whoever is interested learns of it by a reaction of his own.
    this.listening.catch(() => {});
    this.ended = new Promise((resolve) => {
      this.#ends = resolve;
    });
    this.#process = this.#begin(fork, place);
    this.#cancelReady = clock.after(readyTimeoutMs, () => {
      this.#failure ??= new ParleyError(
        "worker-failed",
        `A worker did not listen within ${readyTimeoutMs} ms, and was killed; see what its start waits for, or raise readyTimeoutMs.`,
      );
      this.#process?.kill();
    });
  }

  get state(): Exclude<WorkerState, "waiting"> {
    return this.#state;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** For how long it has listened; null if it never did. */
  get listenedMs(): number | null {
    return this.#listensSince === null ? null : this.#clock.now() - this.#listensSince;
  }

  /** Asks for its counters; null if it does not answer within `timeoutMs`. */
  counters(timeoutMs: number): Promise<ServerCounters | null> {
    if (this.#listensSince === null || this.#state === "exited") return Promise.resolve(null);
    return new Promise((resolve) => {
      const settle = (counters: ServerCounters | null): void => {
        cancel();
        this.#askers.delete(settle);
        resolve(counters);
      };
      const cancel = this.#clock.after(timeoutMs, () => settle(null));
      this.#askers.add(settle);
      this.#process?.send({ parley: "count" });
    });
  }

  /** Tells it to finish, and kills it if it has not ended by the end of the grace and the margin. Again, the earlier end holds. */
  drain(graceMs: number, killMarginMs: number): Promise<WorkerExit> {
    const before = this.#state;
    if (before === "exited") return this.ended;
    this.#cancelReady();
    this.#killIn(killAfterMs(graceMs, killMarginMs));
    if (before === "draining") return this.ended;
    this.#state = "draining";
    // One that has not listened yet may not hear messages, but it knows what a closed channel means.
    if (before === "listening") this.#process?.send({ parley: "drain", graceMs });
    else this.#process?.disconnect();
    return this.ended;
  }

  #begin(fork: Fork, place: number): WorkerProcess | null {
    try {
      return fork(place, {
        message: (message) => this.#heed(message),
        exited: (code, signal) => this.#exited(code, signal),
        unstartable: (error) => this.#unstartable(error),
      });
    } catch (error) {
      this.#clock.endOfTurn(() => this.#unstartable(error));
      return null;
    }
  }

  #unstartable(cause: unknown): void {
    this.#failure = new ParleyError("worker-failed", `A worker could not be started: ${String(cause)}.`, {
      cause,
    });
    this.#exited(null, null);
  }

  #heed(message: FromWorker): void {
    switch (message.parley) {
      case "listening":
        if (this.#state !== "starting") return;
        this.#cancelReady();
        this.#state = "listening";
        this.#addresses = message.addresses;
        this.#listensSince = this.#clock.now();
        this.#listens();
        return;
      case "failed":
        this.#failure = failure(message);
        return;
      case "counted":
        for (const settle of this.#askers) settle(message.counters);
        return;
      case "drained":
        this.#report = message.report;
        this.#process?.send({ parley: "leave" });
    }
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#state === "exited") return;
    this.#state = "exited";
    this.#cancelReady();
    this.#kill?.cancel();
    for (const settle of this.#askers) settle(null);
    this.#fails(
      this.#failure ??
        new ParleyError(
          "worker-failed",
          `A worker ended (${signal ?? `exit code ${code}`}) before it listened; what it printed says why.`,
        ),
    );
    const listened = this.#listensSince !== null;
    this.#ends({ code, signal, report: this.#report, listened, killed: this.#killed });
  }

  #killIn(ms: number): void {
    const at = this.#clock.now() + ms;
    if (this.#kill !== null && this.#kill.at <= at) return;
    this.#kill?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#killed = true;
      this.#process?.kill();
    });
    this.#kill = { at, cancel };
  }
}

/** The worker's own error, as far as it can be told over the channel. */
function failure({ code, message, stack }: FromWorker & { parley: "failed" }): ParleyError {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return code === null
    ? new ParleyError("worker-failed", `A worker failed to start: ${message}`, { cause })
    : new ParleyError(code, message, { cause });
}
