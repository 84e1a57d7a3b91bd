import assert from "node:assert/strict";
import { ParleyError } from "@parley/core";
import type { Engine } from "../src/engine/engine.ts";
import { isObject } from "../src/engine/wire.ts";
import { RpcError } from "../src/rpc-error.ts";
import {
  engineInScript,
  outgoing,
  type ScriptedCall,
  type ScriptedHost,
  type ScriptedOutgoing,
} from "./scripted-host.ts";

export const maxInFlight = 3;
export const maxBatch = 4;
const closed = new ParleyError("closed", "It is closed.");

/** How many answers a message is to have. */
function answersTo(message: unknown): number {
  if (Array.isArray(message)) {
    if (message.length === 0 || message.length > maxBatch) return 1;
    return message.reduce((sum: number, entry) => sum + (Array.isArray(entry) ? 1 : answersTo(entry)), 0);
  }
  if (!isObject(message)) return 1;
  if (typeof message["method"] === "string") return message["id"] === undefined ? 0 : 1;
  return "result" in message || "error" in message ? 0 : 1;
}

/** One side: the engine, and what the model knows of it. */
export class ModelSide {
  readonly engine: Engine;
  readonly host: ScriptedHost;
  /** What is on its way to this side. */
  readonly arriving: unknown[] = [];
  readonly begun: ScriptedOutgoing[] = [];
  /** How much output each call of this side has asked for. */
  readonly asked = new Map<ScriptedOutgoing, number>();
  /** How much input each call of the other side was asked for. */
  readonly invited = new Map<ScriptedCall, number>();
  /** Calls whose work is through, and how often each had been told to stop by then. */
  readonly finished = new Map<ScriptedCall, number>();
  owedAnswers = 0;
  /** Whether a message could not be sent: who was to have it may have no answer. */
  wireBroke = false;
  state: "open" | "closed" = "open";
  #toldAtClose = 0;
  #tokens: number;

  constructor(firstToken: number) {
    ({ engine: this.engine, host: this.host } = engineInScript(
      { maxInFlight, maxBatch, pingIntervalMs: 40 },
      true,
    ));
    this.#tokens = firstToken;
  }

  begin(timeoutMs: number, credit: number | null): void {
    this.#tokens += 1;
    const call = outgoing({ params: [this.#tokens], timeoutMs, at: this.host.time, credit });
    this.begun.push(call);
    this.asked.set(call, credit ?? 0);
    this.engine.outgoing.begin(call);
  }

  receive(message: unknown): void {
    if (this.state === "open") this.owedAnswers += answersTo(message);
    this.engine.receive(message);
  }

  finish(call: ScriptedCall, succeeds: boolean): void {
    if (!this.finished.has(call)) this.finished.set(call, call.stops.length);
    const outcome = succeeds
      ? { result: call.params }
      : { error: { code: 1, message: "no", data: call.params } };
    this.engine.incoming.finish(call, outcome);
  }

  /** Nothing can be sent until `mendWire`, not even that something cannot. */
  breakWire(): void {
    this.host.wire = () => {
      this.wireBroke = true;
      return new ParleyError("unencodable", "It cannot be sent.");
    };
  }

  mendWire(): void {
    this.host.wire = () => true;
  }

  close(): void {
    this.engine.close(closed);
    if (this.state === "open") this.#toldAtClose = this.#told;
    this.state = "closed";
  }

  /** Every answer it has sent, those of batches too. */
  get answers(): Readonly<Record<string, unknown>>[] {
    return this.host.sent
      .flat()
      .filter(
        (message): message is Readonly<Record<string, unknown>> =>
          isObject(message) && !("method" in message),
      );
  }

  check(): void {
    const { engine, host } = this;
    const working = host.calls.length - this.finished.size;
    assert.deepEqual([engine.incoming.working, host.working], [working, working]);
    assert.ok(working <= maxInFlight, `${working} are worked on`);
    const running = host.calls.filter(({ state }) => state === "running" || state === "cancelled");
    assert.equal(new Set(running.map(({ id }) => id)).size, running.length, "two are running with one id");
    const pending = this.begun.filter(({ outcomes }) => outcomes.length === 0).length;
    // A ping of the heartbeat may be among them.
    const pings = engine.outgoing.pending - pending;
    assert.ok(pings === 0 || (pings === 1 && this.state === "open"), `${pings} more are pending`);
    const sent = this.begun.filter(({ state }) => state === "sent").length;
    assert.ok(sent <= maxInFlight, `${sent} are on the wire`);
    for (const call of this.begun) this.#checkOutgoing(call);
    for (const call of host.calls) {
      const toldBefore = this.finished.get(call) ?? call.stops.length;
      assert.equal(call.stops.length, toldBefore, "told to stop when it was through");
      assert.ok((call.credit ?? 0) >= 0 && call.inputLeft >= 0, "credit was overdrawn");
      assert.ok(call.items.length <= (this.invited.get(call) ?? 0), "input came that was not asked for");
    }
    assert.ok(this.answers.length <= this.owedAnswers, "a request was answered twice");
    if (this.state === "closed") assert.deepEqual([pending, this.#told], [0, this.#toldAtClose]);
  }

  #checkOutgoing(call: ScriptedOutgoing): void {
    const { outcomes, credit, inputCredit, items, params } = call;
    assert.ok(outcomes.length <= 1, "a call was settled twice");
    assert.ok((credit ?? 0) >= 0 && inputCredit >= 0, "credit was overdrawn");
    assert.ok(items.length <= (this.asked.get(call) as number), "output came that was not asked for");
    const [outcome] = outcomes;
    if (outcome === undefined) return;
    if ("result" in outcome) assert.deepEqual(outcome.result, params);
    else if (outcome.error instanceof RpcError && outcome.error.rpcCode === 1)
      assert.deepEqual(outcome.error.data, params);
  }

  /** How much it has told the other side and its host. */
  get #told(): number {
    const { sent, notifications, goAways } = this.host;
    return sent.length + notifications.length + goAways.length;
  }
}
