import { type CloseReason, type Connection, textLines } from "@parley/core";
import { startProbe } from "@parley/testkit";
import { type Listen, socketListener } from "@parley/transport";
import { afterEach, describe, expect, it } from "vitest";
import { readDescriptors } from "../../src/descriptors.ts";
import { createServer, echo, type Server } from "../../src/index.ts";
import { Caller } from "./caller.ts";
import type { LoadOrder, LoadTold } from "./load-client.ts";
import { Program } from "./program.ts";

const count = 5_000;
const concurrency = 1_000;
const backlog = 128;
/** One place is the probe's. */
const served = concurrency - 1;
const refused = count - served - backlog;
/** How many come behind them, one after the other. */
const latecomers = 20;
/** How many may linger over a refusal at a time. */
const lingering = 64;

const servers: Server<string>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close({ graceMs: 0 });
});

type Told = "serving" | "waiting" | "refused" | "closed";

/** Sees what a server tells, and holds its promises against it as they are given. */
class Watcher {
  /** Whatever should not be, and when. */
  readonly faults: string[] = [];
  readonly refusedFor = new Map<CloseReason["kind"], number>();
  most = { serving: 0, waiting: 0, together: 0 };
  /** The longest time from when a connection was accepted until its refusal was told. */
  slowestRefusalMs = 0;
  /** How many were given a place that somebody had left. */
  promoted = 0;
  readonly #server: Server<string>;
  /** The ids of those that wait, in the order of arrival. */
  readonly #queue: string[] = [];
  /** What was told since the last connection was handed to the server. */
  #told: Told[] = [];
  #acceptedAt = 0;
  /** Whether a connection was closed in this very turn: microtasks come behind it. */
  #justClosed = false;
  #looks: (() => void)[] = [];

  constructor(server: Server<string>) {
    this.#server = server;
    const { events } = server;
    events.on("serving", ({ connection }) => this.#tell("serving", connection));
    events.on("waiting", ({ connection }) => this.#tell("waiting", connection));
    events.on("closed", ({ connection }) => this.#tell("closed", connection));
    events.on("refused", ({ connection, reason, waited }) => {
      this.refusedFor.set(reason.kind, (this.refusedFor.get(reason.kind) ?? 0) + 1);
      this.slowestRefusalMs = Math.max(this.slowestRefusalMs, performance.now() - this.#acceptedAt);
      if (waited) this.faults.push(`${connection.id} was refused after it had waited`);
      this.#tell("refused", connection);
    });
    events.on("subscriber-error", ({ error }) => this.faults.push(String(error)));
  }

  /** The same listener, with an eye on what is told of each connection before it has got back what it handed over. */
  over(listen: Listen): Listen {
    return (sink, again) =>
      listen(
        {
          accept: (stream) => {
            this.#told = [];
            this.#acceptedAt = performance.now();
            sink.accept(stream);
            if (this.#told.length !== 1) this.faults.push(`At its acceptance: ${this.#told.join(", ")}.`);
          },
          failed: (error) => sink.failed(error),
        },
        again,
      );
  }

  /** Resolves once the server's counters are such. */
  until(fits: (counters: Server<string>["counters"]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (fits(this.#server.counters)) resolve();
      };
      this.#looks.push(look);
      look();
    });
  }

  #tell(told: Told, { id }: Connection<string>): void {
    this.#told.push(told);
    const { serving, waiting } = this.#server.counters;
    this.most = {
      serving: Math.max(this.most.serving, serving),
      waiting: Math.max(this.most.waiting, waiting),
      together: Math.max(this.most.together, serving + waiting),
    };
    switch (told) {
      case "waiting":
        this.#queue.push(id);
        break;
      case "serving":
        if (this.#queue.length > 0) this.#promote(id);
        break;
      case "closed":
        this.#close();
    }
    for (const look of this.#looks) look();
  }

  #promote(id: string): void {
    const first = this.#queue.shift();
    if (id !== first) this.faults.push(`${id} was served, but ${first} had waited longer`);
    if (!this.#justClosed) this.faults.push(`${id} was served in another turn than its place was left in`);
    this.#justClosed = false;
    this.promoted += 1;
  }

  #close(): void {
    if (this.#justClosed) this.faults.push("A place was left, and the next one too, while somebody waited");
    this.#justClosed = this.#queue.length > 0;
    queueMicrotask(() => {
      if (this.#justClosed)
        this.faults.push("A place was not given to who waited in the turn it was left in");
      this.#justClosed = false;
    });
  }
}

/** How long it takes to be refused by a server that is full, from the call of connect, each time. */
async function refusalsMs(port: string): Promise<number[]> {
  const tookMs: number[] = [];
  for (let number = 0; number < latecomers; number++) {
    const begun = performance.now();
    expect(await new Caller(Number(port)).untilEnd()).toEqual({ code: "ECONNRESET" });
    tookMs.push(performance.now() - begun);
  }
  return tookMs;
}

async function flood(refusal: string | undefined): Promise<void> {
  const server = createServer<string>({
    codec: textLines(),
    handler: echo(),
    concurrency,
    backlog,
    refusal,
    lingerMs: 60_000,
  });
  servers.push(server);
  const watcher = new Watcher(server);
  const [url = ""] = await server.listen(
    watcher.over(socketListener("tcp://127.0.0.1:0", { kernelBacklog: 4_096 })),
  );
  const good = new Caller(Number(new URL(url).port));
  let turn = good.ask("probe");
  const request = () => {
    turn = turn.then(() => good.ask("probe"));
    return turn.then((isAnswered) => expect(isAnswered).toBe(true));
  };
  await request();
  const probe = startProbe({ request });
  const load = new Program<LoadOrder, LoadTold>("load-client.ts", {
    port: Number(new URL(url).port),
    count,
    waiting: backlog,
  });

  await watcher.until(({ accepted }) => accepted === count + 1);
  expect(server.counters).toMatchObject({ serving: concurrency, waiting: backlog, refused });
  const { fates } = await load.next("settled");
  const words = refusal === undefined ? {} : { [`${refusal}\n`]: lingering };
  const reset = refusal === undefined ? refused : refused - lingering;
  expect(fates).toMatchObject({ served, words, reset, errors: [] });

  const slowestLatecomerMs = Math.max(...(await refusalsMs(new URL(url).port)));
  expect(server.counters).toMatchObject({ serving: concurrency, waiting: backlog });

  load.order("end-served");
  const { fates: all } = await load.next("settled");
  expect(all).toMatchObject({ served: served + backlog, words, reset, errors: [] });
  expect(watcher.promoted).toBe(backlog);

  load.order("end-all");
  const over = await load.next("over");
  // Nobody's word, nor anything else, was destroyed by a reset that came later.
  expect(over.fates).toMatchObject({ served: served + backlog, words, reset, errors: [] });
  expect(await load.ended).toBe(0);
  await watcher.until(({ serving }) => serving === 1);
  const report = await probe.stop();
  good.finish();
  await watcher.until(({ serving }) => serving === 0);
  expect(report.errors).toEqual([]);
  expect(report.requests).toBeGreaterThan(1);

  expect(watcher.faults).toEqual([]);
  expect(watcher.most).toEqual({ serving: concurrency, waiting: backlog, together: concurrency + backlog });
  expect([...watcher.refusedFor]).toEqual([["overload", refused + latecomers]]);
  expect(server.counters).toMatchObject({
    serving: 0,
    waiting: 0,
    accepted: count + latecomers + 1,
    refused: refused + latecomers,
    refusals: { overload: refused + latecomers },
  });
  console.log(
    [
      `refused by ${refusal ?? "a reset"}`,
      `slowest telling of it after acceptance: ${watcher.slowestRefusalMs.toFixed(1)} ms`,
      `slowest from connect to refusal: of 5,000 in one turn ${fates.slowestRefusalMs.toFixed(0)} ms, of 20 more ${slowestLatecomerMs.toFixed(1)} ms`,
      `the probe's ${report.requests} replies: p99 ${report.p99Ms.toFixed(1)} ms`,
    ].join("; "),
  );
}

describe("5,000 connections at once, where 1,000 are served and 128 may wait", () => {
  it.each([
    ["a word and a FIN to 64 at a time, and a reset to the others", "full"],
    ["a reset", undefined],
  ])(
    "are served, wait, or are refused at once by %s; places pass on in order and in the same turn; a probe sees nothing of it",
    async (_, refusal) => flood(refusal),
    30_000,
  );
});

const { limit } = readDescriptors();
if (limit < 2 * count) describe.skip(`descriptors are limited to ${limit}; ulimit -n ${2 * count}`);
