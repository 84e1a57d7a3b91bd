import cluster from "node:cluster";
import { ParleyError } from "@parley/core";
import type { DrainReport } from "../drain.ts";
import type { ServerCounters } from "../reception.ts";
import { type FromWorker, isClusterMessage, type ToWorker } from "./cluster-messages.ts";
import { type ClusterSetup, killAfterMs } from "./cluster-options.ts";
import { placeVariable } from "./fork-worker.ts";

/** What a worker runs: a `Server`, or something around it. */
export interface ClusterServer {
  readonly addresses: readonly string[];
  readonly counters: ServerCounters;
  close(options?: { readonly graceMs?: number }): Promise<DrainReport>;
}

/** What `serveCluster` resolves with in a worker. */
export interface ClusterWorker<S extends ClusterServer = ClusterServer> {
  readonly role: "worker";
  /** Its place, from 1 to the number of workers; the process that replaces it has the same. */
  readonly id: number;
  /** What `start` returned. */
  readonly server: S;
}

/** Runs `start`, and does as the primary says from then on. Ends the process if `start` fails, and once it is drained. */
export async function runWorker<S extends ClusterServer>(setup: ClusterSetup<S>): Promise<ClusterWorker<S>> {
  const id = Number(process.env[placeVariable]);
  const { worker } = cluster;
  if (worker === undefined || !(id >= 1)) {
    throw new ParleyError(
      "bad-option",
      "This process is a worker that serveCluster did not start; call it in the program that is started first.",
    );
  }
  const life = new WorkerLife(setup);
  // A terminal or a service manager signals the whole group, and the primary's program decides what becomes of it.
  process.on("SIGINT", () => {}).on("SIGTERM", () => {});
  process.on("message", (message: unknown) => {
    if (isClusterMessage(message)) life.heed(message as ToWorker);
  });
  worker.on("disconnect", () => {
    // Without this mark Node ends the process when the listeners of this event are through.
    worker.exitedAfterDisconnect = true;
    life.orphaned();
  });
  return { role: "worker", id, server: await life.start() };
}

/** One worker from its start to its exit. */
class WorkerLife<S extends ClusterServer> {
  readonly #setup: ClusterSetup<S>;
  readonly #dismissed: Promise<void>;
  #dismiss: () => void = () => {};
  #server: Promise<S> | null = null;
  #running: S | null = null;
  #leaving = false;

  constructor(setup: ClusterSetup<S>) {
    this.#setup = setup;
    this.#dismissed = new Promise((resolve) => {
      this.#dismiss = resolve;
    });
  }

  async start(): Promise<S> {
    this.#server = (async () => this.#setup.start())();
    try {
      this.#running = checkServer(await this.#server);
      await tell({ parley: "listening", addresses: this.#running.addresses });
      return this.#running;
    } catch (error) {
      return fail(error);
    }
  }

  heed(message: ToWorker): void {
    switch (message.parley) {
      case "count":
        if (this.#running !== null) void tell({ parley: "counted", counters: this.#running.counters });
        return;
      case "drain":
        void this.#leave(message.graceMs);
        return;
      case "leave":
        this.#dismiss();
    }
  }

  /** The primary is gone, so nobody else would end what hangs. */
  orphaned(): void {
    const { graceMs, killMarginMs, clock } = this.#setup;
    clock.after(killAfterMs(graceMs, killMarginMs), () => process.exit(1));
    this.#dismiss();
    void this.#leave(graceMs);
  }

  async #leave(graceMs: number): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    try {
      const server = await this.#server;
      const report = await server?.close({ graceMs });
      if (report !== undefined) await tell({ parley: "drained", report });
    } catch (error) {
      await fail(error);
    }
    await this.#dismissed;
    // A connection that came too late is returned by now, in messages that leave before this one.
    await tell({ parley: "left" });
    process.exit(0);
  }
}

function checkServer<S extends ClusterServer>(server: S): S {
  if (typeof (server as S | undefined)?.close === "function") return server;
  throw new ParleyError("bad-option", "start returned no server; have it return the one that it created.");
}

/** Tells the primary why this worker cannot be, and ends it. */
async function fail(error: unknown): Promise<never> {
  await tell({
    parley: "failed",
    code: error instanceof ParleyError ? error.code : null,
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  process.exit(1);
}

/** Resolves once the message is on its way, or cannot be. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve();
    process.send?.(message, undefined, undefined, () => resolve());
  });
}
