import assert from "node:assert/strict";
import {
  type CloseReason,
  ConnectionSetup,
  connectionOptions,
  encode,
  heartbeat,
  ParleyError,
  StreamConnection,
} from "../src/index.ts";
import { check } from "./model-checks.ts";
import { type Dialect, dialects, type Item, itemsOf, wireOf } from "./model-input.ts";
import { heartbeatMs, limits, type Plan, unseenMs } from "./model-plan.ts";
import { ModelReasons } from "./model-reasons.ts";
import { ModelStream } from "./model-stream.ts";
import { ModelUser } from "./model-user.ts";
import { ObservedConnection } from "./observed-connection.ts";
import { ScriptedClock, settled } from "./scripted-stream.ts";

/** A wait that was begun, and whether it has settled. */
export interface Wait {
  readonly what: "writable" | "flushed" | "closed";
  outcome: "pending" | "fulfilled" | { readonly error: unknown };
}

/** A connection between a scripted stream and scripted callbacks, and what a simple model says of it. */
export class ModelConnection {
  readonly stream = new ModelStream();
  readonly clock = new ScriptedClock();
  readonly connection: StreamConnection<string>;
  readonly plan: Plan;
  readonly user: ModelUser = new ModelUser(this);
  readonly reasons: ModelReasons = new ModelReasons(this);
  readonly observed: CloseReason[] = [];
  /** What a callback found wrong: the connection takes it for the handler's failure. */
  readonly faults: unknown[] = [];
  /** In which codec the other side is going to speak, by what it has said. */
  theySpeak: Dialect = "lines";
  /** Up to which byte what has come is still handled, once it was told to drain. */
  drainedAt: number | null = null;
  handles = false;
  /** When what happened last. */
  readonly times = { opened: 0, bytesIn: 0, bytesOut: 0, busy: 0, busySince: Number.POSITIVE_INFINITY };
  readonly waits: Wait[] = [];
  /** All that was sent, as it is to look on the wire. */
  expectedOutput = "";
  #drainsAfterFirst = false;

  constructor(plan: Plan) {
    this.plan = plan;
    const { firstMessageTimeoutMs } = plan;
    const connection = new ObservedConnection(
      new ConnectionSetup<string>({
        idPrefix: "c",
        codec: dialects.lines,
        clock: this.clock,
        options: connectionOptions({ ...limits, firstMessageTimeoutMs }),
        heartbeat: plan.heartbeats
          ? heartbeat<string>(dialects.lines, { intervalMs: heartbeatMs, message: "ping" })
          : undefined,
        observer: {
          closed: (_, reason) => void this.observed.push(reason),
          handlerFailed: (_, error) => {
            if (error instanceof assert.AssertionError) this.faults.push(error);
          },
        },
      }),
      this.stream,
      1,
    );
    connection.watcher = this;
    this.connection = connection;
  }

  get isLeaving(): boolean {
    return this.reasons.given !== null;
  }

  /** All that stands in what has arrived. */
  get items(): readonly Item[] {
    return itemsOf(this.stream.arrived, this.stream.fin === "arrived");
  }

  // What happens

  open(): void {
    this.connection.open();
    const now = this.clock.now();
    Object.assign(this.times, { opened: now, bytesIn: now, bytesOut: now, busy: now });
  }

  handle(): void {
    this.handles = true;
    if (this.plan.form === "callbacks") this.connection.handle(this.user.handler());
    else this.connection.handle((connection) => this.user.iterate(connection));
  }

  send(message: string): void {
    const { connection, user } = this;
    const may = ["open", "remote-ended", "draining"].includes(connection.state);
    if (may && connection.counters.bufferedBytes === 0) this.times.bytesOut = this.clock.now();
    const before = this.expectedOutput;
    if (may) this.expectedOutput += wireOf(user.speaks, message).toString();
    try {
      connection.send(message);
    } catch (error) {
      assert.ok(!may && error instanceof ParleyError && error.code === "closed", String(error));
      assert.equal(this.expectedOutput, before);
      return;
    }
    assert.ok(may, `sent while ${connection.state}`);
  }

  close(): void {
    if (this.connection.state !== "closed" && !this.isLeaving) this.reasons.cause(this.reasons.natural);
    this.#await("closed", this.connection.close());
  }

  destroy(): void {
    if (this.connection.state !== "closed") this.reasons.cutsOff({ by: "local", kind: "destroyed" });
    this.connection.destroy();
  }

  end(): void {
    const { state } = this.connection;
    if (state === "remote-ended" || state === "draining") this.reasons.cause(this.reasons.natural);
    this.connection.end();
  }

  refuse(spoken: boolean): void {
    const reason = { by: "local", kind: "overload" } as const;
    this.reasons.cause(reason);
    if (spoken) this.expectedOutput += "full\n";
    this.connection.refuse(reason, spoken ? encode(dialects.lines, "full") : undefined);
  }

  drain(newcomer: "ends" | "is awaited"): void {
    const { connection, stream } = this;
    this.#drainsAfterFirst =
      newcomer === "is awaited" && stream.arrived.length === 0 && connection.state === "open";
    if (!this.#drainsAfterFirst) this.#drains();
    connection.drain(newcomer);
  }

  arrive(count: number): void {
    const { length } = this.stream.arrived;
    const comes = this.stream.isReadable && this.stream.onTheWay.length > 0;
    if (this.#drainsAfterFirst && comes) this.drainedAt = Number.POSITIVE_INFINITY;
    this.stream.arrive(count);
    if (this.#drainsAfterFirst && comes) {
      this.#drainsAfterFirst = false;
      this.drainedAt = null;
      this.#drains();
    }
    if (this.stream.arrived.length > length) this.times.bytesIn = this.clock.now();
  }

  take(): void {
    if (this.stream.take()) this.times.bytesOut = this.clock.now();
  }

  reset(): void {
    if (this.stream.isClosed || this.stream.state === "destroyed") return;
    this.reasons.cutsOff({ by: "remote", kind: "reset", code: "ECONNRESET" });
    this.stream.reset();
  }

  release(index: number, succeeds: boolean): void {
    this.user.held.splice(index % this.user.held.length, 1)[0]?.(succeeds);
  }

  workDone(): void {
    if (this.user.work === 0) return;
    this.user.work -= 1;
    // What came while the work went on is still handled.
    if (this.drainedAt === Number.POSITIVE_INFINITY && this.user.work === 0)
      this.drainedAt = this.stream.arrived.length;
    this.connection.workDone();
  }

  wait(what: "writable" | "flushed"): void {
    this.#await(what, this.connection[what]());
  }

  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 50) {
      this.stall(Math.min(left, 50));
    }
  }

  /** The event loop stands still meanwhile. */
  stall(ms: number): void {
    // A turn is over before a timer is due.
    this.clock.turn();
    const { busySince } = this.times;
    this.times.busySince = this.user.isBusy
      ? Math.min(busySince, this.clock.now())
      : Number.POSITIVE_INFINITY;
    // What is over before anybody looks is not seen.
    if (this.clock.now() - busySince >= unseenMs) this.times.busy = this.clock.now();
    this.clock.advance(ms);
  }

  async turn(): Promise<void> {
    await settled();
    this.clock.turn();
    this.stream.finish();
    await settled();
  }

  // What the connection tells

  asks(): void {
    this.expectedOutput += "ping\n";
    if (this.connection.counters.bufferedBytes === 0) this.times.bytesOut = this.clock.now();
  }

  // Its end

  /** Time goes by, everybody does what they have to, and it is over. */
  async finish(): Promise<void> {
    for (let round = 0; round < 100 && this.connection.state !== "closed"; round++) {
      while (this.user.held.length > 0) this.release(0, true);
      while (this.user.work > 0) this.workDone();
      await this.turn();
      const { state } = this.connection;
      if (state === "opening" || state === "waiting") this.destroy();
      check(this);
      this.pass(500);
      await this.turn();
    }
    while (this.user.held.length > 0) this.release(0, true);
    await this.turn();
    await this.turn();
    assert.equal(this.connection.state, "closed");
    check(this);
    assert.equal(this.clock.timers, 0, "something is left on the clock");
    for (const { what, outcome } of this.waits)
      assert.notEqual(outcome, "pending", `${what} has not settled`);
  }

  /** What has come is the last that is handled; with work in progress, so is what comes meanwhile. */
  #drains(): void {
    this.drainedAt ??= this.user.work > 0 ? Number.POSITIVE_INFINITY : this.stream.arrived.length;
  }

  #await(what: Wait["what"], promise: Promise<unknown>): void {
    const wait: Wait = { what, outcome: "pending" };
    this.waits.push(wait);
    promise.then(
      () => {
        wait.outcome = "fulfilled";
      },
      (error: unknown) => {
        wait.outcome = { error };
      },
    );
  }
}
