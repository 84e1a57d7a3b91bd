// Echoes lines with few descriptors, and tells what becomes of them.
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { type CloseReason, textLines } from "@parley/core";
import { createServer, echo, type ServerCounters, type ServerOptions } from "../../dist/index.js";
import { defaultReserve, readDescriptors } from "../../src/descriptors.ts";

/** What a test gives this program, as JSON in its first argument. */
export interface FamineTask
  extends Pick<ServerOptions<string>, "maxConnections" | "maxConnectionsPerAddress"> {
  /** How many it may have. */
  readonly descriptors: number;
}

/** What a test tells this program, as one line of JSON each. */
export type FamineOrder =
  /** Opens files as long as their descriptors are below that number, or as there are any. */
  | { readonly do: "open-files"; readonly below: number }
  | { readonly do: "close-files" }
  /** Tells `settled` once so many were accepted and no more than `serving` are left. */
  | { readonly do: "settle"; readonly accepted: number; readonly serving: number };

/** The server's counters, and what it has taken of the system. */
export interface FamineFigures {
  readonly counters: ServerCounters;
  /** The numbers of its descriptors. */
  readonly descriptors: readonly number[];
  /** Of the processor, since it listens. */
  readonly cpuUs: number;
}

/** What this program tells. */
export type FamineTold =
  | { readonly told: "ready"; readonly url: string; readonly limit: number; readonly reserve: number }
  | { readonly told: "opened" | "closed"; readonly files: number }
  | ({ readonly told: "settled" } & FamineFigures)
  | { readonly told: "limit-reached"; readonly reason: CloseReason }
  | { readonly told: "limit-left"; readonly kind: CloseReason["kind"] };

const { descriptors, ...options } = JSON.parse(process.argv[2] as string) as FamineTask;
// Not before: to load the sources takes more than that.
spawnSync("prlimit", [`--nofile=${descriptors}`, `--pid=${process.pid}`]);
const { limit } = readDescriptors();
const server = createServer<string>({ codec: textLines(), handler: echo(), ...options });
const { events } = server;
const [url = ""] = await server.listen("tcp://127.0.0.1:0");
const cpuBefore = process.cpuUsage();
const files: number[] = [];
let awaited: Extract<FamineOrder, { do: "settle" }> | null = null;

function tell(told: FamineTold): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

function settle(): void {
  const { serving, waiting, accepted } = server.counters;
  if (awaited === null || accepted < awaited.accepted || serving + waiting > awaited.serving) return;
  awaited = null;
  const { user, system } = process.cpuUsage(cpuBefore);
  tell({
    told: "settled",
    counters: server.counters,
    descriptors: readdirSync("/proc/self/fd").map(Number),
    cpuUs: user + system,
  });
}

function openFiles(below: number): void {
  for (;;) {
    let file: number;
    try {
      file = openSync("/dev/null", "r");
    } catch {
      break;
    }
    if (file >= below) {
      closeSync(file);
      break;
    }
    files.push(file);
  }
  tell({ told: "opened", files: files.length });
}

for (const event of ["serving", "refused", "closed"] as const) events.on(event, settle);
events.on("limit-reached", ({ reason }) => tell({ told: "limit-reached", reason }));
events.on("limit-left", ({ kind }) => tell({ told: "limit-left", kind }));

createInterface(process.stdin).on("line", (line) => {
  const order = JSON.parse(line) as FamineOrder;
  switch (order.do) {
    case "open-files":
      return openFiles(order.below);
    case "close-files":
      for (const file of files.splice(0)) closeSync(file);
      return tell({ told: "closed", files: 0 });
    case "settle":
      awaited = order;
      settle();
  }
});
tell({ told: "ready", url, limit, reserve: defaultReserve(limit) });
