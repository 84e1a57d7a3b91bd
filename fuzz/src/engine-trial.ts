import { deepStrictEqual, ok } from "node:assert/strict";
import type { ParleyError } from "@parley/core";
import {
  Engine,
  type EngineHost,
  type ErrorObject,
  IncomingCall,
  type IncomingParts,
  OutgoingCall,
  sessionOptions,
  type WireObject,
} from "@parley/rpc";

const limits = { maxInFlight: 3, maxBatch: 4, streamWindow: 2, pingIntervalMs: 1_000 };

class Work extends IncomingCall {
  stops = 0;
  inputs = 0;
  inputsAllowed = 0;
  isOver = false;
  start(): void {}
  stop(): void {
    this.stops += 1;
  }
  override inputCame(): void {
    this.inputs += 1;
    ok(this.inputs <= this.inputsAllowed, `${this.inputs} items of input came, of ${this.inputsAllowed}`);
  }
}

class Call extends OutgoingCall {
  settled = 0;
  items = 0;
  creditGiven = 0;
  resolve(): void {
    this.settle();
  }
  reject(error: unknown): void {
    ok(error instanceof Error && "code" in error, `a call is rejected with ${String(error)}`);
    this.settle();
  }
  override output(): void {
    ok(this.settled === 0, "an item came after the call had settled");
    this.items += 1;
    ok(this.items <= this.creditGiven, `${this.items} items of output came, of ${this.creditGiven}`);
  }
  private settle(): void {
    this.settled += 1;
    ok(this.settled === 1, "a call settled twice");
  }
}

/**
 * An engine in a world of its own, and what must hold of it whatever comes: it throws nothing; a call settles once; no element that
 * came is answered twice; limits hold both ways; no more items pass than there is credit for; what is begun ends; after the end nothing
 * is sent.
 */
export class EngineTrial implements EngineHost {
  heard = 0;
  readonly #engine: Engine;
  readonly #calls: Call[] = [];
  readonly #works: Work[] = [];
  /** How often an id has come in something that may be answered, and how often it was answered. */
  readonly #asked = new Map<unknown, number>();
  readonly #answered = new Map<unknown, number>();
  #elements = 0;
  #answers = 0;
  #busy = 0;
  #time = 0;
  #failsNext = false;
  #isClosed = false;

  constructor() {
    this.#engine = new Engine(this, sessionOptions(limits), true);
  }

  /** A message of the remote side. */
  hear(text: string): void {
    this.heard += 1;
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      this.#elements += 1;
      this.#engine.incoming.unparsable();
      return this.#check();
    }
    this.#note(message);
    this.#engine.receive(message);
    this.#check();
  }

  /** This side does something. */
  act(deed: string): void {
    const { outgoing, incoming } = this.#engine;
    const work = this.#works.find(({ isOver }) => !isOver);
    const call = this.#calls.find(({ settled }) => settled === 0);
    const unsent = { method: "ask", params: { a: 1 } };
    switch (deed) {
      case "c":
        this.#begin(
          new Call(unsent.method, unsent.params, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, null),
        );
        break;
      case "d":
        this.#begin(new Call(unsent.method, undefined, 10, this.#time + 10, null, "key"));
        break;
      case "s":
        this.#begin(new Call(unsent.method, undefined, 10, this.#time + 10, limits.streamWindow));
        break;
      case "k":
        if (call !== undefined) outgoing.cancel(call, new RangeCode());
        break;
      case "g":
        for (const each of this.#calls) {
          if (each.state !== "sent" || each.credit === null) continue;
          each.creditGiven += 1;
          outgoing.giveCredit(each, 1);
        }
        break;
      case "i":
        if (call !== undefined && call.state === "sent" && call.inputCredit > 0)
          this.#trying(() => outgoing.sendInput(call, 1));
        break;
      case "e":
        if (call !== undefined) outgoing.endInput(call);
        break;
      case "t":
        this.#tick(7);
        break;
      case "T":
        this.#tick(10_000);
        break;
      case "f":
        if (work !== undefined) this.#finish(work, { result: { done: true } });
        break;
      case "F":
        if (work !== undefined) this.#finish(work, { error: { code: 1, message: "no" } });
        break;
      case "x":
        if (work !== undefined) incoming.fail(work, { code: 2, message: "early" });
        break;
      case "o":
        if (work !== undefined && (work.credit ?? 0) > 0) this.#trying(() => incoming.output(work, 1));
        break;
      case "w":
        if (work !== undefined && typeof work.id !== "symbol") {
          work.inputsAllowed += 2;
          incoming.giveInputCredit(work, 2);
        }
        break;
      case "p":
        outgoing.pause();
        break;
      case "r":
        outgoing.resume();
        break;
      case "!":
        this.#failsNext = true;
        break;
      case "D":
        this.#engine.drain();
        break;
      case "E":
        this.#engine.remoteEnded();
        break;
    }
    this.#check();
  }

  /** The connection is lost: all that was begun ends. */
  close(cause: ParleyError): void {
    this.#engine.close(cause);
    this.#isClosed = true;
    for (const { settled } of this.#calls) ok(settled === 1, "a call did not settle");
    deepStrictEqual(this.#engine.outgoing.pending, 0);
    for (const work of this.#works) if (!work.isOver) this.#finish(work, { result: null });
    deepStrictEqual(this.#engine.incoming.working, 0);
    deepStrictEqual(this.#busy, 0, "work that began did not end");
    this.#engine.receive({ jsonrpc: "2.0", id: 1, method: "work" });
    this.#engine.tick(this.#time + 100_000);
    this.#begin(new Call("ask", undefined, 1, this.#time + 1, null));
    ok(this.#calls.at(-1)?.settled === 1, "a call after the end did not settle");
  }

  // The world

  now(): number {
    return this.#time;
  }

  expect(): void {}

  send(message: WireObject | readonly WireObject[]): boolean {
    ok(!this.#isClosed, "something was sent after the end");
    if (this.#failsNext) {
      this.#failsNext = false;
      throw new RangeCode();
    }
    for (const each of Array.isArray(message) ? (message as WireObject[]) : [message as WireObject]) {
      if ("method" in each) continue;
      ok(each.id === null || ["string", "number"].includes(typeof each.id), "an answer has no id");
      ok("result" in each !== "error" in each, "an answer is not one of two");
      this.#answers += 1;
      if (each.id !== null) count(this.#answered, each.id);
    }
    return true;
  }

  callOf(parts: IncomingParts): IncomingCall | null {
    if (parts.method === "missing") return null;
    const work = new Work(parts);
    this.#works.push(work);
    return work;
  }

  unsendable(): ErrorObject {
    return { code: -32603, message: "unsendable" };
  }

  workBegun(): void {
    this.#busy += 1;
  }

  workDone(): void {
    this.#busy -= 1;
  }

  notified(method: string, params: unknown): void {
    this.#engine.incoming.unanswered(method, params);
  }

  goneAway({ code, message, retryAfterMs }: { code: number; message: string; retryAfterMs: number }): void {
    ok(Number.isInteger(code) && typeof message === "string", "a goaway is not filled in");
    ok(retryAfterMs >= 0 && retryAfterMs <= 0x7fff_ffff, `retryAfterMs is ${retryAfterMs}`);
  }

  unresponsive(): void {}

  // What is looked at

  #note(message: unknown): void {
    for (const each of Array.isArray(message) ? message : [message]) {
      this.#elements += 1;
      if (typeof each === "object" && each !== null) count(this.#asked, (each as WireObject).id);
    }
    // An empty batch is answered once.
    if (Array.isArray(message) && message.length === 0) this.#elements += 1;
  }

  #begin(call: Call): void {
    call.creditGiven = call.credit ?? 0;
    this.#calls.push(call);
    this.#engine.outgoing.begin(call);
  }

  #finish(work: Work, outcome: { readonly result: unknown } | { readonly error: ErrorObject }): void {
    work.isOver = true;
    this.#engine.incoming.finish(work, outcome);
    this.#engine.incoming.finish(work, outcome);
  }

  #tick(afterMs: number): void {
    this.#time += afterMs;
    const next = this.#engine.tick(this.#time);
    ok(next > this.#time, `the next look is due at ${next}, and it is ${this.#time}`);
  }

  /** What sends for who has asked may throw what sending threw. */
  #trying(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof RangeCode)) throw error;
    }
  }

  #check(): void {
    const { incoming, outgoing } = this.#engine;
    const { maxInFlight } = limits;
    ok(incoming.working <= maxInFlight, `${incoming.working} requests are being worked on`);
    deepStrictEqual(incoming.working, this.#works.filter(({ isOver }) => !isOver).length);
    deepStrictEqual(incoming.working, this.#busy, "what is busy is not what is worked on");
    const sent = this.#calls.filter(({ state }) => state === "sent").length;
    ok(sent <= maxInFlight, `${sent} calls are on the wire`);
    const open = this.#calls.filter(({ settled }) => settled === 0).length;
    // A ping is a call as well.
    ok(
      outgoing.pending === open || outgoing.pending === open + 1,
      `${outgoing.pending} pending, ${open} open`,
    );
    for (const { state, settled } of this.#calls)
      ok((state === "settled") === (settled === 1), `a call is ${state} and settled ${settled} times`);
    ok(this.#answers <= this.#elements, `${this.#answers} answers to ${this.#elements} messages`);
    for (const [id, times] of this.#answered)
      ok(times <= (this.#asked.get(id) ?? 0), `${times} answers with the id ${JSON.stringify(id)}`);
  }
}

/** What a wire that fails throws. */
class RangeCode extends Error {
  readonly code = "closed";
}

function count(counts: Map<unknown, number>, key: unknown): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
