import { Engine, type EngineHost } from "../src/engine/engine.ts";
import { IncomingCall, type IncomingParts, type StopReason } from "../src/engine/incoming-call.ts";
import { OutgoingCall } from "../src/engine/outgoing-call.ts";
import type { ErrorObject, GoAway, WireObject } from "../src/engine/wire.ts";
import { type SessionOptions, sessionOptions } from "../src/session/session-options.ts";

/** A request of the other side, of which is written down what it is told. */
export class ScriptedCall extends IncomingCall {
  readonly parts: IncomingParts;
  readonly stops: StopReason[] = [];
  readonly items: unknown[] = [];
  creditsGiven = 0;
  ends = 0;
  readonly #begin: (call: ScriptedCall) => void;

  constructor(parts: IncomingParts, begin: (call: ScriptedCall) => void) {
    super(parts);
    this.parts = parts;
    this.#begin = begin;
  }

  start(): void {
    this.#begin(this);
  }

  stop(reason: StopReason): void {
    this.stops.push(reason);
  }

  override creditGiven(): void {
    this.creditsGiven += 1;
  }

  override inputCame(item: unknown): void {
    this.items.push(item);
  }

  override inputEnded(): void {
    this.ends += 1;
  }
}

/** A call of this side, of which is written down what it is told. */
export class ScriptedOutgoing extends OutgoingCall {
  /** `{ result }` or `{ error }`, as often as it was settled. */
  readonly outcomes: ({ readonly result: unknown } | { readonly error: unknown })[] = [];
  readonly items: unknown[] = [];
  wanted = 0;

  resolve(result: unknown): void {
    this.outcomes.push({ result });
  }

  reject(error: unknown): void {
    this.outcomes.push({ error });
  }

  override output(item: unknown): void {
    this.items.push(item);
  }

  override inputWanted(): void {
    this.wanted += 1;
  }

  get error(): unknown {
    const [outcome] = this.outcomes;
    return outcome !== undefined && "error" in outcome ? outcome.error : undefined;
  }
}

/** The world of an engine, as a test has it. The method `missing` does not exist; all others are begun by `begin`. */
export class ScriptedHost implements EngineHost {
  time = 0;
  heard = 0;
  sent: unknown[] = [];
  readonly calls: ScriptedCall[] = [];
  readonly notifications: { readonly method: string; readonly params: unknown }[] = [];
  readonly goAways: GoAway[] = [];
  readonly silences: number[] = [];
  readonly unsent: { readonly call: IncomingCall | null; readonly error: unknown }[] = [];
  readonly expected: number[] = [];
  working = 0;
  /** What a call does when it is started; by default it goes on. */
  begin: (call: ScriptedCall) => void = () => {};
  /** What the wire says to a message: an error is thrown. */
  wire: (message: unknown) => boolean | Error = () => true;

  now(): number {
    return this.time;
  }

  send(message: WireObject | readonly WireObject[]): boolean {
    const word = this.wire(message);
    if (word instanceof Error) throw word;
    this.sent.push(message);
    return word;
  }

  expect(deadline: number): void {
    this.expected.push(deadline);
  }

  callOf(parts: IncomingParts): IncomingCall | null {
    if (parts.method === "missing") return null;
    const call = new ScriptedCall(parts, (started) => this.begin(started));
    this.calls.push(call);
    return call;
  }

  unsendable(call: IncomingCall | null, error: unknown): ErrorObject {
    this.unsent.push({ call, error });
    return { code: -32603, message: "unsendable" };
  }

  workBegun(): void {
    this.working += 1;
  }

  workDone(): void {
    this.working -= 1;
  }

  notified(method: string, params: unknown): void {
    this.notifications.push({ method, params });
  }

  goneAway(word: GoAway): void {
    this.goAways.push(word);
  }

  unresponsive(afterMs: number): void {
    this.silences.push(afterMs);
  }

  /** What was sent since the last time this was asked. */
  take(): unknown[] {
    return this.sent.splice(0);
  }

  /** The last call that was started. */
  get last(): ScriptedCall {
    return this.calls.at(-1) as ScriptedCall;
  }
}

/** An engine in a scripted world, without a heartbeat unless there is an interval in `options`. */
export function engineInScript(
  options: SessionOptions = {},
  pings = false,
): { readonly host: ScriptedHost; readonly engine: Engine } {
  const host = new ScriptedHost();
  return {
    host,
    engine: new Engine(host, sessionOptions({ pingIntervalMs: Number.POSITIVE_INFINITY, ...options }), pings),
  };
}

/** A call of this side. */
export function outgoing({
  method = "ask",
  params,
  timeoutMs = Number.POSITIVE_INFINITY,
  at = 0,
  credit = null,
  key,
  traceparent,
}: {
  readonly method?: string;
  readonly params?: unknown;
  readonly timeoutMs?: number;
  /** When it is made. */
  readonly at?: number;
  readonly credit?: number | null;
  readonly key?: string;
  readonly traceparent?: string;
} = {}): ScriptedOutgoing {
  return new ScriptedOutgoing(method, params, timeoutMs, at + timeoutMs, credit, key, traceparent);
}

/** A request as the other side sends it. */
export function request(id: unknown, more: Readonly<Record<string, unknown>> = {}): WireObject {
  return { jsonrpc: "2.0", id, method: "work", ...more };
}

/** A notification as either side sends it. */
export function notification(method: string, params?: unknown): WireObject {
  return params === undefined ? { jsonrpc: "2.0", method } : { jsonrpc: "2.0", method, params };
}

/** An answer with a result. */
export function answer(id: unknown, result: unknown): WireObject {
  return { jsonrpc: "2.0", id, result };
}

/** An answer with an error, of which only the code is of interest. */
export function failure(id: unknown, code: number, data?: unknown): unknown {
  const error = { code, message: anyText, ...(data !== undefined && { data }) };
  return { jsonrpc: "2.0", id, error };
}

const anyText: unknown = {
  asymmetricMatch: (value: unknown): boolean => typeof value === "string" && value.length > 0,
  toString: () => "a text",
};
