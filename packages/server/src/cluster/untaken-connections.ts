import cluster, { type Worker } from "node:cluster";

/** A connection as the primary holds it until a worker has taken it. */
interface Handle {
  close(): void;
}

/** What `node:cluster` sends and receives between its processes, as far as connections go. */
interface Internal {
  readonly cmd?: string;
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
}

/**
 * Has other workers serve the connections that were on their way to `worker` when it died. Round-robin scheduling waits for the
 * worker's word that it has taken one, and knows no end of the wait: such a client would hang, its descriptor be lost, and the end
 * of the channel not even be told. A worker that cannot serve says so in a message, so that is what is said in its stead. Relies
 * on Node's internal messages; where they are others, nothing happens. Connections that a worker had taken are reset by the system.
 */
export function returnUntaken(worker: Worker): void {
  const child = worker.process;
  const untaken = new Map<number, Handle>();
  const send = child.send as (...sent: unknown[]) => boolean;
  child.send = (...sent: unknown[]): boolean => {
    const [{ cmd, act, seq }, handle] = sent as [Internal, Handle | undefined];
    if (cmd === "NODE_CLUSTER" && act === "newconn" && seq !== undefined && handle) untaken.set(seq, handle);
    return send.apply(child, sent);
  };
  child.on("internalMessage", ({ ack }: Internal) => {
    if (ack !== undefined) untaken.delete(ack);
  });
  let ended = false;
  child.once("close", () => {
    if (!ended) child.emit("disconnect");
  });
  child.once("disconnect", () => {
    ended = true;
    for (const [seq, handle] of untaken) {
      if (othersListen(worker))
        child.emit("internalMessage", { cmd: "NODE_CLUSTER", ack: seq, accepted: false });
      else handle.close();
    }
    untaken.clear();
  });
}

function othersListen(worker: Worker): boolean {
  return Object.values(cluster.workers ?? {}).some(
    (other) => other !== undefined && other !== worker && stateOf(other) === "listening",
  );
}

/** Node's own word for what a worker is at; its types do not have it. */
function stateOf(worker: Worker): string | undefined {
  return (worker as { readonly state?: string }).state;
}
