import { ClosedError, type ParleyError, TimeoutError } from "@parley/core";
import { rpcCodes } from "../codes.ts";
import { ConnectionLostError } from "../connection-lost-error.ts";
import { errorOfAnswer, RpcError, UnavailableError } from "../rpc-error.ts";
import type { SessionLimits } from "../session/session-options.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import { SentCalls } from "./sent-calls.ts";
import { countOf, type GoAway, type Meta, notificationOf, Request, type WireObject, words } from "./wire.ts";

/** What the calling half of an engine needs of the world. */
export interface OutgoingCallsHost {
  /** Milliseconds on the engine's clock. */
  now(): number;
  /** Queues a message. False: pause. @throws what keeps it from being sent. */
  send(message: WireObject): boolean;
  /** There is a deadline to be looked at then. */
  expect(deadline: number): void;
}

/** What becomes of calls to be made: they are made, wait for room on the wire, or cannot be made any more. */
type OutgoingCallsState =
  | { readonly kind: "open" }
  /** The wire has asked for a pause. */
  | { readonly kind: "paused" }
  | { readonly kind: "gone-away"; readonly word: GoAway }
  | { readonly kind: "closed"; readonly cause: ParleyError };

/** The calling half of an engine: gives each request an id, and each answer to whom it belongs. */
export class OutgoingCalls {
  readonly #host: OutgoingCallsHost;
  readonly #limits: Pick<SessionLimits, "maxInFlight" | "plain">;
  /** Sent and not settled. */
  readonly #sent = new SentCalls();
  readonly #waiting = new Set<OutgoingCall>();
  #state: OutgoingCallsState = { kind: "open" };
  #lastId = 0;

  constructor(host: OutgoingCallsHost, limits: Pick<SessionLimits, "maxInFlight" | "plain">) {
    this.#host = host;
    this.#limits = limits;
  }

  /** How many calls are not settled. */
  get pending(): number {
    return this.#sent.size + this.#waiting.size;
  }

  /** Makes a call, at once if there is room for it. */
  begin(call: OutgoingCall): void {
    const state = this.#state;
    if (state.kind === "closed") return settle(call, new ConnectionLostError(false, state.cause));
    if (state.kind === "gone-away") return settle(call, goneAway(state.word));
    if (this.#waiting.size === 0 && this.#maySend) this.#send(call, call.timeoutMs);
    else this.#waiting.add(call);
    if (call.state !== "settled" && call.deadline < Number.POSITIVE_INFINITY)
      this.#host.expect(call.deadline);
  }

  /** Makes a call, whatever others wait for. */
  beginAtOnce(call: OutgoingCall): void {
    if (this.#state.kind !== "closed") this.#send(call, call.timeoutMs);
  }

  /** Gives a call up: it rejects with `error` at once, and the other side is told to stop. */
  cancel(call: OutgoingCall, error: unknown): void {
    if (call.state === "settled") return;
    const wasSent = call.state === "sent";
    this.#forget(call);
    settle(call, error);
    if (!wasSent) return;
    if (!this.#limits.plain) this.#tell(words.cancel, { id: call.id });
    this.#sendWaiting();
  }

  /** The wire takes messages again, or asks for a pause. */
  pause(): void {
    if (this.#state.kind === "open") this.#state = { kind: "paused" };
  }

  resume(): void {
    if (this.#state.kind === "paused") this.#state = { kind: "open" };
    this.#sendWaiting();
  }

  /** An answer has come; one that nobody waits for any more is passed over. */
  answered(answer: WireObject): void {
    const call = this.#sent.get(answer.id);
    if (call === undefined) return;
    this.#sent.delete(call);
    // Some send `"error": null` beside a result.
    if (answer.error === undefined || answer.error === null) {
      call.state = "settled";
      call.resolve(answer.result === undefined ? null : answer.result);
    } else settle(call, errorOfAnswer(answer.error));
    this.#sendWaiting();
  }

  /** An item of output has come. */
  output(id: unknown, item: unknown): void {
    const call = this.#sent.get(id);
    if (call === undefined) return;
    if (call.credit === null || call.credit === 0) {
      return this.cancel(
        call,
        new RpcError(
          rpcCodes.streamLimit,
          `The other side has sent more output of ${call.method} than it was asked for; the call is cancelled.`,
          undefined,
          "remote",
        ),
      );
    }
    call.credit -= 1;
    call.output(item);
  }

  /** Lets the other side send so many more items of output. */
  giveCredit(call: OutgoingCall, items: number): void {
    if (call.state !== "sent" || call.credit === null) return;
    call.credit += items;
    this.#tell(words.outputCredit, { id: call.id, items });
  }

  /** The other side is ready for more input. */
  inputCredit(id: unknown, items: unknown): void {
    const call = this.#sent.get(id);
    const count = countOf(items);
    if (call === undefined || count === null || count === 0) return;
    call.inputCredit = Math.min(call.inputCredit + count, Number.MAX_SAFE_INTEGER);
    call.inputWanted();
  }

  /**
   * Sends an item of input, for which there has to be credit. False: pause. @throws what keeps it from being sent.
   */
  sendInput(call: OutgoingCall, item: unknown): boolean {
    if (call.state !== "sent") return true;
    call.inputCredit -= 1;
    return this.#host.send(notificationOf(words.input, { id: call.id, item }));
  }

  endInput(call: OutgoingCall): void {
    if (call.state === "sent") this.#tell(words.inputEnd, { id: call.id });
  }

  /** The other side takes no new requests; those it has it will answer. */
  goAway(word: GoAway): void {
    if (this.#state.kind === "closed") return;
    this.#state = { kind: "gone-away", word };
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) settle(call, goneAway(word));
  }

  /** Gives up what is overdue; answers when to look again. */
  sweep(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    const overdue: OutgoingCall[] = [];
    for (const calls of [this.#sent, this.#waiting]) {
      for (const call of calls) {
        if (call.deadline <= now) overdue.push(call);
        else earliest = Math.min(earliest, call.deadline);
      }
    }
    for (const call of overdue) this.cancel(call, new TimeoutError(call.timeoutMs, call.state === "sent"));
    return earliest;
  }

  /** Nothing can come any more: every call rejects. */
  close(cause: ParleyError): void {
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed", cause };
    // Who goes away answers all it has before its FIN: what crossed that on its way was not begun.
    const word = state.kind === "gone-away" && isRemoteEnd(cause) ? state.word : null;
    const calls = [...this.#sent, ...this.#waiting];
    this.#sent.clear();
    this.#waiting.clear();
    for (const call of calls) {
      const wasSent = call.state === "sent";
      // Of a stream something may have come.
      const notBegun = word !== null && wasSent && call.credit === null;
      settle(call, notBegun ? goneAway(word) : new ConnectionLostError(wasSent, cause));
    }
  }

  get #maySend(): boolean {
    return this.#state.kind === "open" && this.#sent.size < this.#limits.maxInFlight;
  }

  #sendWaiting(): void {
    while (this.#waiting.size > 0 && this.#maySend) {
      const [call] = this.#waiting as Iterable<OutgoingCall>;
      this.#waiting.delete(call as OutgoingCall);
      this.#send(call as OutgoingCall, this.#remainingMs(call as OutgoingCall));
    }
  }

  #remainingMs({ deadline }: OutgoingCall): number {
    return deadline === Number.POSITIVE_INFINITY ? deadline : deadline - this.#host.now();
  }

  /** @param remainingMs until its deadline; whoever has just been asked for knows without a look at the clock. */
  #send(call: OutgoingCall, remainingMs: number): void {
    const id = ++this.#lastId;
    const { method, params } = call;
    const meta = this.#limits.plain ? undefined : metaOf(call, remainingMs);
    call.id = id;
    call.state = "sent";
    this.#sent.add(id, call);
    try {
      this.#host.send(new Request(id, method, params, meta));
    } catch (error) {
      this.#forget(call);
      settle(call, error);
    }
  }

  /** What is not worth failing for: who cannot be told any more has closed. */
  #tell(method: string, params: unknown): void {
    if (this.#state.kind === "closed") return;
    try {
      this.#host.send(notificationOf(method, params));
    } catch {
      // The close that is under way settles everything.
    }
  }

  #forget(call: OutgoingCall): void {
    if (call.state === "sent") this.#sent.delete(call);
    else this.#waiting.delete(call);
  }
}

function settle(call: OutgoingCall, error: unknown): void {
  call.state = "settled";
  call.reject(error);
}

function isRemoteEnd(cause: ParleyError): boolean {
  return cause instanceof ClosedError && cause.reason.by === "remote" && cause.reason.kind === "ended";
}

function goneAway({ code, message, retryAfterMs }: GoAway): UnavailableError {
  return new UnavailableError(code, `The other side takes no new calls: ${message}`, retryAfterMs, "remote");
}

function metaOf({ key, credit, traceparent }: OutgoingCall, remainingMs: number): Meta | undefined {
  const hasDeadline = remainingMs !== Number.POSITIVE_INFINITY;
  const timeoutMs = Math.max(0, Math.ceil(remainingMs));
  if (key === undefined && credit === null && traceparent === undefined)
    return hasDeadline ? { timeoutMs } : undefined;
  return {
    ...(hasDeadline && { timeoutMs }),
    ...(key !== undefined && { key }),
    ...(credit !== null && { credit }),
    ...(traceparent !== undefined && { traceparent }),
  };
}
