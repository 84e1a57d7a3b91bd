import { createInterface } from "node:readline";
import { type Connection, ParleyError, textLines } from "@parley/core";
import { type ClusterOptions, createServer, type Server, serveCluster } from "@parley/server";

/** What a test gives this program, as JSON in its first argument. */
export interface Task
  extends Pick<
    ClusterOptions,
    "workers" | "graceMs" | "killMarginMs" | "readyTimeoutMs" | "restart" | "scheduling" | "settings"
  > {
  readonly url: string;
  /** Have `start` throw this. */
  readonly startError?: string;
  /** Have `start` of every worker behind the first say that it begins, and never end. */
  readonly startHangs?: boolean;
  /** Have the end of a worker say that it begins, and never end. */
  readonly closeHangs?: boolean;
}

/** What a test tells this program, as one line of JSON each. */
export type Order =
  | { readonly do: "close"; readonly graceMs?: number }
  | { readonly do: "restart" }
  | { readonly do: "count" };

const task = JSON.parse(process.argv[2] as string) as Task;
const held = new Map<Connection<string>, () => void>();

function tell(told: string, payload: object): void {
  process.stdout.write(`${JSON.stringify({ told, ...payload })}\n`);
}

/** Echoes, but for the words that a test needs. */
function message(line: string, connection: Connection<string>): void | Promise<void> {
  switch (line) {
    case "pid":
      connection.send(String(process.pid));
      return;
    case "hold":
      connection.send("holding");
      return new Promise<void>((resolve) => held.set(connection, resolve)).then(() => {
        connection.send("held");
      });
    case "spin":
      connection.send("spinning");
      // The answer leaves with the turn.
      setImmediate(() => {
        for (;;);
      });
      return;
    default:
      connection.send(line);
  }
}

/** Never resolves, and keeps the process. */
function hang<T>(told: string): Promise<T> {
  tell(told, { pid: process.pid });
  return new Promise(() => setInterval(() => {}, 60_000));
}

async function start(): Promise<Server<string>> {
  if (task.startError !== undefined) throw new Error(task.startError);
  const server = createServer<string>({
    codec: textLines(),
    handler: { message, drain: (connection) => held.get(connection)?.() },
  });
  if (task.startHangs === true && Number(process.env["PARLEY_WORKER"]) > 1) return hang("starting");
  await server.listen(task.url);
  if (task.closeHangs === true) server.close = () => hang("ending");
  return server;
}

try {
  const cluster = await serveCluster({ ...task, start });
  if (cluster.role === "primary") {
    const { events } = cluster;
    for (const event of [
      "worker-listening",
      "worker-exited",
      "worker-restarted",
      "draining",
      "drained",
    ] as const)
      events.on(event, (payload: object) => tell(event, payload));
    process.on("SIGTERM", () => {
      void cluster.close().then(() => orders.close());
      tell("signalled", {});
    });
    const orders = createInterface(process.stdin);
    orders.on("line", (line) => {
      const order = JSON.parse(line) as Order;
      if (order.do === "close") void cluster.close(order).then(() => orders.close());
      else if (order.do === "restart")
        void cluster.restart().then((report) => tell("rolled", { report, workers: cluster.workers }));
      else void cluster.counters().then((counters) => tell("counted", { counters }));
    });
    tell("ready", { workers: cluster.workers, addresses: cluster.addresses });
  }
} catch (error) {
  const { code, message } = error as ParleyError;
  tell("rejected", { code, message, parley: error instanceof ParleyError });
  process.exitCode = 1;
}
