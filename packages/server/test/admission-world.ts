import assert from "node:assert/strict";
import { type CloseReason, type Connection, textLines } from "@parley/core";
import {
  createMemoryNetwork,
  type ManualClock,
  manualClock,
  type RecordedStream,
  recordStream,
} from "@parley/testkit";
import type { DrainReport } from "../src/drain.ts";
import { createServer, type Server } from "../src/index.ts";

/** What is different from one server of the model to another. */
export interface Plan {
  readonly concurrency: number;
  readonly backlog: number;
  readonly maxConnections: number;
  readonly spoken: boolean;
}

/** When somebody who subscribed, or the handler, interferes. */
export type Moment = "waiting" | "serving" | "refused" | "closed" | "open" | "drain";

/** What they do then, to the connection itself or to another. */
export interface Interference {
  readonly moment: Moment;
  readonly deed: "close" | "destroy" | "throw" | "linger" | "close the server";
  readonly other: boolean;
}

/** Where a connection stands, by what was told of it. */
type Place = "waiting" | "serving" | "refused" | "over";

export const waitTimeoutMs = 1_000;
export const lingerMs = 200;
const turns = 12;

/** A server with a small hall, those who come to it, and a model that is told what it tells. */
export class AdmissionWorld {
  readonly plan: Plan;
  readonly clock: ManualClock = manualClock();
  readonly network = createMemoryNetwork();
  readonly server: Server<string>;
  readonly callers: RecordedStream[] = [];
  readonly armed: Interference[] = [];
  /** What handlers have yet to finish. */
  readonly pending: (() => void)[] = [];
  /** Callers that have nothing more to say. */
  readonly silent = new Set<RecordedStream>();
  reports: Promise<DrainReport>[] = [];
  readonly #places = new Map<string, Place>();
  #waiting: Connection<string>[] = [];
  readonly #since = new Map<string, number>();
  readonly #serving = new Set<string>();
  readonly #refused = new Map<CloseReason["kind"], number>();
  /** How often the handler was told of each connection's beginning and end. */
  readonly #opened = new Map<string, number>();
  readonly #closed = new Map<string, number>();
  /** What a subscriber found wrong: the server does not let it through. */
  readonly #faults: unknown[] = [];
  #draining = false;
  /** Who was served when the drain began, and who had waited and was refused for it. */
  #atDrain: { serving: number; refused: number } | null = null;

  constructor(plan: Plan) {
    this.plan = plan;
    const never = Number.POSITIVE_INFINITY;
    const timeouts = { idleTimeoutMs: never, frameTimeoutMs: never, writeStallMs: never };
    this.server = createServer<string>({
      codec: textLines(),
      clock: this.clock,
      concurrency: plan.concurrency,
      backlog: plan.backlog,
      maxConnections: plan.maxConnections,
      descriptorReserve: 0,
      waitTimeoutMs,
      lingerMs,
      ...timeouts,
      ...(plan.spoken && { refusal: "full" }),
      handler: {
        open: (connection) => {
          count(this.#opened, connection.id);
          return this.#interfere("open", connection);
        },
        message: (line, connection) => {
          if (line === "hold") return new Promise((resolve) => void this.pending.push(resolve));
          connection.send(line);
        },
        drain: (connection) => void this.#interfere("drain", connection),
        closed: ({ id }) => count(this.#closed, id),
      },
    });
    this.#subscribe();
  }

  async listen(): Promise<void> {
    await this.server.listen(this.network.listener("hall"));
  }

  async dial(): Promise<void> {
    const listens = (): boolean => this.server.info().state === "listening";
    const before = listens();
    const stream = await this.network
      .dial("hall")()
      .catch(() => null);
    if (before === listens())
      assert.equal(stream !== null, before, "who listens lets everybody in, and else nobody");
    if (stream !== null) this.callers.push(recordStream(stream));
  }

  close(graceMs: number): void {
    this.#draining = true;
    this.reports.push(this.server.close({ graceMs }));
  }

  /** Lets all happen that can happen without time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
  }

  /** What holds whenever nothing moves. */
  check(): void {
    for (const fault of this.#faults) throw fault;
    const { concurrency, backlog } = this.plan;
    const { serving, waiting, accepted, refused, refusals } = this.server.info().counters;
    assert.deepEqual(
      [serving, waiting, accepted],
      [this.#serving.size, this.#waiting.length, this.callers.length],
    );
    assert.equal(
      refused,
      [...this.#refused.values()].reduce((sum, times) => sum + times, 0),
    );
    for (const [kind, times] of Object.entries(refusals))
      assert.equal(times, this.#refused.get(kind as CloseReason["kind"]) ?? 0, kind);
    assert.ok(serving <= concurrency && waiting <= backlog);
    const patient = this.#patient();
    assert.ok(patient.length === 0 || serving === concurrency, "somebody waits beside a free place");
    assert.equal(this.#places.size, accepted, "nothing was told of somebody");
    assert.deepEqual(
      this.server.connections().map(({ id }) => id),
      [...this.#serving, ...this.#waiting.map(({ id }) => id)],
    );
    for (const { id } of patient)
      assert.ok(
        this.clock.now() - (this.#since.get(id) as number) < waitTimeoutMs,
        `${id} waits for too long`,
      );
    for (const [id, place] of this.#places) this.#checkHandler(id, place);
    for (const [index, caller] of this.callers.entries()) this.#checkCaller(`c${index + 1}`, caller);
  }

  /** Everybody goes, the server last, and nothing is left. */
  async finish(graceMs: number): Promise<void> {
    this.close(graceMs);
    for (let round = 0; round < 50; round++) {
      await this.settle();
      for (const finish of this.pending.splice(0)) finish();
      await this.settle();
      this.check();
      this.clock.advance(lingerMs);
    }
    const reports = await Promise.all(this.reports);
    for (const report of reports) assert.equal(report, reports[0]);
    const { completed, idle, aborted, refused } = reports[0] as DrainReport;
    assert.deepEqual({ serving: completed + idle + aborted, refused }, this.#atDrain);
    assert.deepEqual([this.#serving.size, this.#waiting.length, this.clock.pending], [0, 0, 0]);
    assert.equal(this.server.info().state, "closed");
    for (const { end } of this.callers) assert.ok(end !== undefined, "somebody was left hanging");
  }

  #checkHandler(id: string, place: Place): void {
    const opened = this.#opened.get(id) ?? 0;
    assert.ok(
      opened <= 1 && (opened === 0 || place === "serving" || place === "over"),
      `${id} was handled while ${place}`,
    );
    assert.equal(
      this.#closed.get(id) ?? 0,
      place === "over" ? opened : 0,
      `the end of ${id} was not told once`,
    );
  }

  /** Who is refused sees it: by the word for it with a FIN behind it, or by a reset. */
  #checkCaller(id: string, { end, hasEnded, text }: RecordedStream): void {
    if (this.#places.get(id) !== "refused") return;
    const told = this.plan.spoken && hasEnded && text === "full\n";
    assert.ok(told || end !== undefined, `${id} was refused and does not know`);
  }

  #subscribe(): void {
    const { events } = this.server;
    events.on("waiting", ({ connection }) => {
      assert.ok(this.#serving.size === this.plan.concurrency && this.#waiting.length < this.plan.backlog);
      this.#moves(connection.id, [undefined], "waiting");
      this.#waiting.push(connection);
      this.#since.set(connection.id, this.clock.now());
      void this.#interfere("waiting", connection);
    });
    events.on("serving", ({ connection }) => {
      const { id } = connection;
      assert.ok(!this.#isDrained, "somebody was let in to a server that drains");
      assert.ok(this.#serving.size < this.plan.concurrency, "too many are served");
      const [first] = this.#patient(connection);
      assert.equal(first?.id, this.#places.has(id) ? id : undefined, "served out of turn");
      this.#leaves(id);
      this.#moves(id, [undefined, "waiting"], "serving");
      this.#serving.add(id);
      void this.#interfere("serving", connection);
    });
    events.on("refused", ({ connection, reason, waited }) => {
      assert.equal(this.#places.get(connection.id), waited ? "waiting" : undefined);
      this.#mayRefuse(connection.id, reason);
      this.#moves(connection.id, [undefined, "waiting"], "refused");
      this.#leaves(connection.id);
      count(this.#refused, reason.kind);
      try {
        void this.#interfere("refused", connection);
      } finally {
        if (waited && this.#atDrain !== null) {
          // A drain counts who is served once everybody who waited is refused.
          this.#atDrain.refused += 1;
          this.#atDrain.serving = this.#serving.size;
        }
      }
    });
    events.on("closed", ({ connection }) => {
      this.#moves(connection.id, ["waiting", "serving"], "over");
      this.#leaves(connection.id);
      void this.#interfere("closed", connection);
    });
    events.on("subscriber-error", ({ error }) => {
      if (error instanceof assert.AssertionError) this.#faults.push(error);
    });
    events.on("draining", () => {
      this.#atDrain = { serving: this.#serving.size, refused: 0 };
    });
  }

  get #isDrained(): boolean {
    return this.#atDrain !== null;
  }

  /** Those that wait and are not on their way out; `next` may be served already. */
  #patient(next?: Connection<string>): Connection<string>[] {
    return this.#waiting.filter((connection) => connection === next || connection.state === "waiting");
  }

  #mayRefuse(id: string, reason: CloseReason): void {
    const { concurrency, backlog } = this.plan;
    switch (reason.kind) {
      case "overload":
        return assert.ok(this.#serving.size === concurrency && this.#waiting.length === backlog);
      case "wait-timeout":
        return assert.ok(this.clock.now() - (this.#since.get(id) as number) >= waitTimeoutMs);
      case "drained":
        return assert.ok(this.#draining);
      default:
        assert.equal(reason.kind, "connection-limit");
    }
  }

  #moves(id: string, from: readonly (Place | undefined)[], to: Place): void {
    const place = this.#places.get(id);
    assert.ok(from.includes(place), `${id} went from ${place} to ${to}`);
    this.#places.set(id, to);
  }

  #leaves(id: string): void {
    this.#serving.delete(id);
    this.#waiting = this.#waiting.filter((other) => other.id !== id);
  }

  #interfere(moment: Moment, connection: Connection<string>): void | Promise<void> {
    const at = this.armed.findIndex((armed) => armed.moment === moment);
    if (at < 0) return;
    const { deed, other } = this.armed.splice(at, 1)[0] as Interference;
    const target = other ? this.server.connections().at(-1) : connection;
    switch (deed) {
      case "close":
        return void target?.close();
      case "destroy":
        return target?.destroy();
      case "linger":
        return new Promise((resolve) => void this.pending.push(resolve));
      case "throw":
        throw new Error("thrown");
      case "close the server":
        return this.close(500);
    }
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
