import cluster from "node:cluster";
import { type FromWorker, isClusterMessage } from "./cluster-messages.ts";
import { returnUntaken } from "./untaken-connections.ts";
import type { WorkerProcess, WorkerSink } from "./worker-process.ts";

/** The environment variable that tells a worker its place. */
export const placeVariable = "PARLEY_WORKER";

/** The `Fork` of `node:cluster`. */
export function forkWorker(place: number, sink: WorkerSink): WorkerProcess {
  const worker = cluster.fork({ [placeVariable]: String(place) });
  const child = worker.process;
  returnUntaken(worker);
  let exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null = null;
  /** The exit is often known before the last message is read; the end of the channel comes behind that. */
  const settle = (): void => {
    if (exit !== null && !child.connected) sink.exited(exit.code, exit.signal);
  };
  child.on("exit", (code: number | null, signal: NodeJS.Signals | null) => {
    exit = { code, signal };
    settle();
  });
  child.on("disconnect", settle);
  // Node raises one for every connection that is handed to a worker that has just died.
  worker.on("error", (error) => {
    if (child.pid === undefined) sink.unstartable(error);
  });
  worker.on("message", (message: unknown) => {
    if (isClusterMessage(message)) sink.message(message as FromWorker);
  });
  return {
    pid: child.pid ?? null,
    send(message) {
      if (child.connected) child.send(message, () => {});
    },
    disconnect() {
      if (child.connected) child.disconnect();
    },
    kill() {
      child.kill("SIGKILL");
    },
  };
}
