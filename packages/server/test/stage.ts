import { type CloseReason, textLines } from "@parley/core";
import {
  createMemoryNetwork,
  type ManualClock,
  type MemoryOptions,
  manualClock,
  type RecordedStream,
  recordStream,
} from "@parley/testkit";
import { onTestFinished } from "vitest";
import { createServer, echo, type Server, type ServerOptions } from "../src/index.ts";

/** A server of text lines on a memory network, with a clock that stands still. */
export interface Stage {
  readonly server: Server<string>;
  readonly clock: ManualClock;
  /** What the server has told so far: the event, the connection, and why. */
  readonly told: readonly string[];
  /** Resolves once the server has told that. */
  untilTold(line: string): Promise<void>;
  /** Connects one more. */
  dial(): Promise<RecordedStream>;
}

/** No limit in time but those that a test is about: its clock may be far ahead, and counts the timers that are left. */
const noTimeouts = {
  idleTimeoutMs: Number.POSITIVE_INFINITY,
  frameTimeoutMs: Number.POSITIVE_INFINITY,
  writeStallMs: Number.POSITIVE_INFINITY,
};

/** Sets a stage that is struck after the test. */
export async function stage(
  options: Partial<ServerOptions<string>> = {},
  memory: MemoryOptions = {},
): Promise<Stage> {
  const clock = manualClock();
  const server = createServer<string>({
    codec: textLines(),
    handler: echo(),
    clock,
    ...noTimeouts,
    ...options,
  });
  onTestFinished(() => strike(server, clock));
  const told: string[] = [];
  let waiting: { readonly line: string; readonly resolve: () => void }[] = [];
  const tell = (line: string): void => {
    told.push(line);
    for (const waiter of waiting) if (waiter.line === line) waiter.resolve();
    waiting = waiting.filter((waiter) => waiter.line !== line);
  };
  const { events } = server;
  events.on("serving", ({ connection }) => tell(`serving ${connection.id}`));
  events.on("waiting", ({ connection }) => tell(`waiting ${connection.id}`));
  events.on("refused", ({ connection, reason }) => tell(`refused ${connection.id} ${short(reason)}`));
  events.on("closed", ({ connection, reason }) => tell(`closed ${connection.id} ${short(reason)}`));
  events.on("handler-error", ({ connection, error }) =>
    tell(`handler-error ${connection.id} ${String(error)}`),
  );
  events.on("subscriber-error", ({ event, error }) => tell(`subscriber-error ${event} ${String(error)}`));
  events.on("draining", () => tell("draining"));
  events.on("drained", () => tell("drained"));
  const network = createMemoryNetwork(memory);
  await server.listen(network.listener("stage"));
  const dial = network.dial("stage");
  return {
    server,
    clock,
    told,
    untilTold: (line) =>
      told.includes(line) ? Promise.resolve() : new Promise((resolve) => waiting.push({ line, resolve })),
    dial: async () => recordStream(await dial()),
  };
}

/** Closes the server, letting as much time pass as that takes. */
async function strike(server: Server<string>, clock: ManualClock): Promise<void> {
  let struck = false;
  void server.close({ graceMs: 0 }).then(() => {
    struck = true;
  });
  while (!struck) {
    await new Promise(setImmediate);
    clock.advance(60_000);
  }
}

function short({ by, kind }: CloseReason): string {
  return `${by} ${kind}`;
}

/** A promise with its ends in hand. */
export function deferred<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}
