import assert from "node:assert/strict";
import type { CloseReason } from "../src/index.ts";
import type { ModelConnection } from "./model-connection.ts";
import { heartbeatMs, limits } from "./model-plan.ts";

/** Why a connection has to be closed, as the model sees it: the first cause counts. */
export class ModelReasons {
  readonly #model: ModelConnection;
  #cause: CloseReason | null = null;
  /** What the connection itself gave for its reason. */
  #given: CloseReason | null = null;
  /** What may have cut it off while it was closing. */
  #cut: CloseReason["kind"] | null = null;

  constructor(model: ModelConnection) {
    this.#model = model;
  }

  get given(): CloseReason | null {
    return this.#given;
  }

  /** Why it would be closed if nothing went wrong. */
  get natural(): CloseReason {
    const { state } = this.#model.connection;
    if (state === "remote-ended") return { by: "remote", kind: "ended" };
    return { by: "local", kind: state === "draining" ? "drained" : "ended" };
  }

  /** It is to be closed for this from now on, unless it is for something else already. */
  cause(reason: CloseReason): void {
    if (this.#given === null) this.#cause ??= reason;
  }

  /** The same, and it counts while the rest of the output leaves. */
  cutsOff(reason: CloseReason): void {
    this.cause(reason);
    if (this.#given !== null) this.#cut ??= reason.kind;
  }

  /** The connection says that it is closing, or closed. */
  give(reason: CloseReason): void {
    if (this.#given === null) {
      if (this.#cause === null) this.#explain(reason);
      else assert.deepEqual(reason, this.#cause, "not the first cause");
      this.#cause = reason;
    } else if (reason.kind !== this.#given.kind) {
      const { bufferedBytes } = this.#model.connection.counters;
      assert.ok(bufferedBytes > 0, "another reason, with all sent");
      assert.equal(reason.kind, this.#cut ?? "write-stall");
    }
    this.#given = reason;
  }

  check(): void {
    if (this.#cause !== null) assert.ok(this.#given !== null, `${this.#cause.kind} has not closed it`);
  }

  /** A reason that came of itself has to be true. */
  #explain(reason: CloseReason): void {
    const { connection, clock, items, stream, user, times, drainedAt } = this.#model;
    const next = items[user.taken];
    const since = (at: number): number => clock.now() - at;
    const idleFor = Math.min(since(times.bytesIn), since(times.bytesOut), since(times.busy));
    switch (reason.kind) {
      case "malformed":
      case "frame-too-long":
        assert.ok(next !== undefined && "fault" in next.what, `${reason.kind} in good order`);
        return assert.equal(reason.kind, next.what.fault);
      case "ended":
      case "drained":
        assert.deepEqual(reason, this.natural);
        if (user.functionIsThrough) return;
        assert.ok(!user.isBusy, "it ended while somebody was at work");
        assert.ok(drainedAt !== null || (reason.kind === "ended" && stream.fin === "arrived"));
        return assert.ok(
          items.slice(user.taken).every(({ start }) => drainedAt !== null && start >= drainedAt),
          "it ended before all was handled",
        );
      case "idle":
        assert.ok(!user.isBusy && connection.counters.bufferedBytes === 0);
        return assert.ok(idleFor >= limits.idleTimeoutMs, `idle after ${idleFor} ms`);
      case "frame-timeout":
        return assert.ok((items.at(-1)?.end ?? 0) < stream.arrived.length, "no frame was begun");
      case "first-message-timeout":
        assert.ok(user.taken === 0 && (this.#model.handles || stream.arrived.length === 0));
        return assert.ok(since(times.opened) >= this.#model.plan.firstMessageTimeoutMs);
      case "unresponsive":
        assert.ok(!stream.paused, "it was not read");
        return assert.ok(since(times.bytesIn) >= 2 * heartbeatMs);
      case "write-stall":
        assert.ok(stream.holds);
        return assert.ok(since(times.bytesOut) >= limits.writeStallMs);
      case "slow-consumer":
        return assert.ok(stream.holds && connection.counters.bufferedBytes > limits.maxBufferedBytes);
      default:
        assert.fail(`${reason.kind} came from nowhere`);
    }
  }
}
