import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { ClusterReport } from "../src/cluster/cluster-report.ts";
import type { WorkerInfo } from "../src/cluster/worker-info.ts";
import type { Order, Task } from "./programs/cluster-program.ts";

/** What the program prints. */
export interface Told {
  readonly told: string;
  readonly worker: WorkerInfo;
  readonly workers: WorkerInfo[];
  readonly addresses: string[];
  readonly code: number | string | null;
  readonly message: string;
  readonly signal: string | null;
  readonly restartInMs: number | null;
  readonly report: ClusterReport;
  readonly counters: { readonly id: number; readonly counters: { readonly accepted: number } }[];
}

const inPrograms = (file: string): string => fileURLToPath(new URL(`programs/${file}`, import.meta.url));
const resolve = createRequire(import.meta.url).resolve;

/** How Node runs the program, as it was built before the tests. */
const node: readonly string[] = [inPrograms("dist/cluster-program.js")];
/** Its source, by the command `tsx`. */
export const tsx: readonly string[] = [resolve("tsx/cli"), inPrograms("cluster-program.ts")];

/** A program with a cluster, in a process group of its own. It is killed at the end of the test at the latest, with its workers. */
export class Program {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly told: Told[] = [];
  stderr = "";
  /** Resolves with the primary's exit code or signal once nobody holds its output any more: not even a worker. */
  readonly ended: Promise<number | string | null>;
  #state: "running" | "ended" = "running";
  #looks: (() => void)[] = [];

  constructor(task: Partial<Task> = {}, args: readonly string[] = node) {
    const complete: Task = { url: "tcp://127.0.0.1:0", workers: 2, ...task };
    this.process = spawn(process.execPath, [...args, JSON.stringify(complete)], {
      stdio: "pipe",
      detached: true,
    });
    onTestFinished(async () => void (await this.kill()));
    this.process.stdin.on("error", () => {});
    createInterface(this.process.stdout).on("line", (line) => {
      this.told.push(JSON.parse(line) as Told);
      for (const look of this.#looks) look();
    });
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.process, "close").then(([code, signal]) => {
      this.#state = "ended";
      return (code ?? signal) as number | string | null;
    });
  }

  /** Resolves with the first that was told and `fits`; rejects if all is over before. */
  until(told: string, fits: (told: Told) => boolean = () => true): Promise<Told> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.told.find((each) => each.told === told && fits(each));
        if (found !== undefined) resolve(found);
      };
      this.#looks.push(look);
      look();
      void this.ended.then((end) =>
        reject(
          new Error(`Ended with ${end}, ${told} was not told: ${JSON.stringify(this.told)} ${this.stderr}`),
        ),
      );
    });
  }

  order(order: Order): void {
    this.process.stdin.write(`${JSON.stringify(order)}\n`);
  }

  /** Kills what is left of the group. */
  kill(): Promise<unknown> {
    // Its number may be another's by now.
    if (this.#state === "ended") return this.ended;
    try {
      process.kill(-(this.process.pid as number), "SIGKILL");
    } catch {
      // There is none any more.
    }
    return this.ended;
  }
}

/** A program whose workers listen. */
export async function ready(
  task: Partial<Task> = {},
  args?: readonly string[],
): Promise<{ program: Program; port: number; workers: WorkerInfo[]; pids: string[] }> {
  const program = new Program(task, args);
  const { addresses, workers } = await program.until("ready");
  const port = Number(new URL(addresses[0] as string).port);
  return { program, port, workers, pids: workers.map(({ pid }) => String(pid)) };
}

/** A connection of text lines. */
export class Caller {
  readonly connected: Promise<unknown>;
  readonly #socket: Socket;
  readonly #lines: (string | null | Error)[] = [];
  #wake: () => void = () => {};

  constructor(port: number) {
    onTestFinished(() => void this.#socket.destroy());
    this.#socket = createConnection({ port, host: "127.0.0.1", noDelay: true });
    this.connected = once(this.#socket, "connect");
    this.connected.catch(() => {});
    createInterface(this.#socket).on("line", (line) => this.#push(line));
    this.#socket.on("error", (error) => this.#push(error));
    this.#socket.on("close", () => this.#push(null));
  }

  send(line: string): void {
    this.#socket.write(`${line}\n`);
  }

  /** The next line; null once the connection has ended in order. Rejects if it was refused or reset. */
  async line(): Promise<string | null> {
    while (this.#lines.length === 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const [line] = this.#lines as [string | null | Error];
    if (line instanceof Error) throw line;
    if (line !== null) this.#lines.shift();
    return line;
  }

  ask(line: string): Promise<string | null> {
    this.send(line);
    return this.line();
  }

  end(): void {
    this.#socket.end();
  }

  #push(line: string | null | Error): void {
    this.#lines.push(line);
    this.#wake();
  }
}

/** Connects, asks once and ends. */
export async function askOnce(port: number, line: string): Promise<string | null> {
  const caller = new Caller(port);
  const answer = await caller.ask(line);
  caller.end();
  return answer;
}
