import cluster from "node:cluster";
import { ParleyError } from "@parley/core";
import { type ClusterOptions, clusterSetup } from "./cluster-options.ts";
import { ClusterSupervisor } from "./cluster-supervisor.ts";
import { type ClusterServer, type ClusterWorker, runWorker } from "./cluster-worker.ts";
import { forkWorker } from "./fork-worker.ts";

let current: ClusterSupervisor | null = null;

/**
 * Serves with several processes, on `node:cluster`: run in the primary it starts the program once more for each worker and keeps
 * those alive; run in a worker it calls `start`. Resolves in the primary once every worker listens, in a worker once it does.
 *
 * The primary's program decides about signals; a worker ignores SIGINT and SIGTERM. A worker whose primary is gone drains and ends.
 * @throws ParleyError `bad-option`; in the primary as `start` did in the worker that failed first, with all workers ended; `in-use`
 * while the program has another cluster.
 */
export async function serveCluster<S extends ClusterServer>(
  options: ClusterOptions<S>,
): Promise<ClusterSupervisor | ClusterWorker<S>> {
  const setup = clusterSetup(options);
  if (cluster.isWorker) return runWorker(setup);
  if (current?.report === null) {
    throw new ParleyError("in-use", "The program has a cluster already; close it before it starts another.");
  }
  const { scheduling, settings } = setup;
  if (scheduling !== undefined)
    cluster.schedulingPolicy = scheduling === "shared" ? cluster.SCHED_NONE : cluster.SCHED_RR;
  if (settings !== undefined) cluster.setupPrimary(settings);
  const supervisor = new ClusterSupervisor(setup, forkWorker);
  current = supervisor;
  await supervisor.begin();
  return supervisor;
}
