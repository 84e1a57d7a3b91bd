import { rpcCodes } from "../codes.ts";
import type { SessionLimits } from "../session/session-options.ts";
import type { Batch } from "./batch.ts";
import type { IncomingCall, IncomingParts, IncomingState, StopReason } from "./incoming-call.ts";
import {
  countOf,
  type ErrorObject,
  type Id,
  isId,
  isObject,
  type Meta,
  notificationOf,
  type Outcome,
  type WireObject,
  words,
} from "./wire.ts";

/** What the called half of an engine needs of the world. */
export interface IncomingCallsHost {
  /** Milliseconds on the engine's clock. */
  now(): number;
  /** Queues a message. False: pause. @throws what keeps it from being sent. */
  send(message: WireObject | readonly WireObject[]): boolean;
  /** There is a deadline to be looked at then. */
  expect(deadline: number): void;
  /** The call that a request makes, or null if there is no such method. */
  callOf(parts: IncomingParts): IncomingCall | null;
  /** What the other side is told in place of an answer that could not be sent for `error`. */
  unsendable(call: IncomingCall | null, error: unknown): ErrorObject;
  /** A call is being worked on, and no longer. */
  workBegun(): void;
  workDone(): void;
}

const stopping: ReadonlySet<IncomingState> = new Set(["cancelled", "answered", "done"]);

/** The called half of an engine: has requests worked on, and each of them answered once. */
export class IncomingCalls {
  readonly #host: IncomingCallsHost;
  readonly #limits: SessionLimits;
  /** Not answered yet, by id. */
  readonly #running = new Map<Id, IncomingCall>();
  #working = 0;
  #state: "open" | "draining" | "closed" = "open";

  constructor(host: IncomingCallsHost, limits: SessionLimits) {
    this.#host = host;
    this.#limits = limits;
  }

  /** How many requests are being worked on. */
  get working(): number {
    return this.#working;
  }

  /** A request has come. */
  request(message: WireObject, batch: Batch | null): void {
    batch?.expect();
    const { id, method, params } = message;
    const legacy = message.jsonrpc === undefined && this.#limits.lenient;
    if (!isId(id)) return this.#reject(null, batch, invalid("its id is neither a string nor a number"));
    if (message.jsonrpc !== "2.0" && !legacy)
      return this.#reject(id, batch, invalid('it has no "jsonrpc": "2.0"'));
    if (
      params !== undefined &&
      (typeof params !== "object" || params === null) &&
      !(legacy && params === null)
    )
      return this.#reject(id, batch, invalid("its params are neither an object nor an array"));
    if (this.#running.has(id))
      return this.#reject(
        null,
        batch,
        invalid(`the request before it with the id ${printed(id)} is not answered yet`),
      );
    if (method === words.ping) return this.#respond({ id, batch, legacy }, { result: null });
    if (this.#state !== "open")
      return this.#reject(id, batch, this.#unavailable(rpcCodes.draining, "draining"));
    if (this.#working >= this.#limits.maxInFlight) {
      const why = `overloaded: ${this.#limits.maxInFlight} requests of this connection are in flight`;
      return this.#reject(id, batch, this.#unavailable(rpcCodes.overloaded, why));
    }
    const meta = (isObject(message.meta) ? message.meta : {}) as { readonly [K in keyof Meta]: unknown };
    const timeoutMs = typeof meta.timeoutMs === "number" ? meta.timeoutMs : Number.POSITIVE_INFINITY;
    if (timeoutMs <= 0) return this.#reject(id, batch, deadlineExceeded);
    const call = this.#host.callOf({
      id,
      method: method as string,
      params: params ?? undefined,
      deadline: timeoutMs < Number.POSITIVE_INFINITY ? this.#host.now() + timeoutMs : timeoutMs,
      key: typeof meta.key === "string" ? meta.key : undefined,
      traceparent: typeof meta.traceparent === "string" ? meta.traceparent : undefined,
      credit: countOf(meta.credit),
      batch,
      legacy,
    });
    if (call === null)
      this.#reject(id, batch, {
        code: rpcCodes.methodNotFound,
        message: `There is no method ${printed(method)}.`,
      });
    else this.#start(call);
  }

  /** What cannot be taken for a request is answered, if it might be one. */
  refuse(id: unknown, batch: Batch | null, why: string): void {
    batch?.expect();
    this.#reject(isId(id) ? id : null, batch, invalid(why));
  }

  /** Something came that is no message at all. */
  unparsable(): void {
    const error = { code: rpcCodes.parseError, message: "This is not a message: it could not be parsed." };
    this.#reject(null, null, error);
  }

  /** The caller has no more use for the answer. */
  cancel(id: unknown): void {
    const call = this.#running.get(id as Id);
    if (call === undefined || call.state !== "running") return;
    call.state = "cancelled";
    call.stop("cancelled");
  }

  /** The work on a call is through; what came of it is answered, unless there has been an answer. */
  finish(call: IncomingCall, outcome: Outcome): void {
    const { state } = call;
    if (state === "done") return;
    call.state = "done";
    this.#working -= 1;
    if (state === "running" || state === "cancelled") this.#running.delete(call.id);
    if (state !== "answered")
      this.#respond(call, state === "cancelled" && "error" in outcome ? { error: cancelled } : outcome);
    if (state !== "starting") this.#host.workDone();
  }

  /** Sends an item of output, for which there has to be credit. False: pause. @throws what keeps it from being sent. */
  output(call: IncomingCall, item: unknown): boolean {
    if (call.credit === null || stopping.has(call.state)) return true;
    call.credit -= 1;
    return this.#host.send(notificationOf(words.output, { id: call.id, item }));
  }

  outputCredit(id: unknown, items: unknown): void {
    const call = this.#running.get(id as Id);
    const count = countOf(items);
    if (call === undefined || call.credit === null || count === null || count === 0) return;
    call.credit = Math.min(call.credit + count, Number.MAX_SAFE_INTEGER);
    call.creditGiven();
  }

  /** Lets the caller send so many more items of input. */
  giveInputCredit(call: IncomingCall, items: number): void {
    if (stopping.has(call.state)) return;
    call.inputLeft += items;
    this.#tell(notificationOf(words.inputCredit, { id: call.id, items }));
  }

  input(id: unknown, item: unknown): void {
    const call = this.#running.get(id as Id);
    if (call === undefined) return;
    if (call.inputLeft > 0) {
      call.inputLeft -= 1;
      return call.inputCame(item);
    }
    this.#answerEarly(call, {
      code: rpcCodes.streamLimit,
      message: "More input has come than was asked for; wait for $/input/credit.",
    });
    call.stop("cancelled");
  }

  inputEnded(id: unknown): void {
    this.#running.get(id as Id)?.inputEnded();
  }

  /** Takes no new requests from now on. */
  drain(): void {
    if (this.#state === "open") this.#state = "draining";
  }

  /** Answers what is overdue; says when to look again. */
  sweep(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const call of [...this.#running.values()]) {
      if (call.deadline > now) earliest = Math.min(earliest, call.deadline);
      else {
        this.#answerEarly(call, deadlineExceeded);
        call.stop("deadline");
      }
    }
    return earliest;
  }

  /** Nobody hears any more: what is being worked on is in vain, unless it has a key, by which its outcome can be asked for again. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    const calls = [...this.#running.values()];
    this.#running.clear();
    for (const call of calls) {
      call.state = "answered";
      if (call.key === undefined) call.stop("closed");
    }
  }

  #start(call: IncomingCall): void {
    this.#working += 1;
    call.start();
    // Its state changes when it is through at once.
    if ((call.state as IncomingState) !== "starting") return;
    call.state = "running";
    this.#running.set(call.id, call);
    this.#host.workBegun();
    if (call.deadline < Number.POSITIVE_INFINITY) this.#host.expect(call.deadline);
  }

  #answerEarly(call: IncomingCall, error: ErrorObject): void {
    this.#running.delete(call.id);
    call.state = "answered";
    this.#respond(call, { error });
  }

  #reject(id: Id, batch: Batch | null, error: ErrorObject): void {
    this.#respond({ id, batch, legacy: false }, { error });
  }

  #respond(call: IncomingCall | Pick<IncomingCall, "id" | "batch" | "legacy">, outcome: Outcome): void {
    if (this.#state === "closed") return;
    const answer = answerOf(call, outcome);
    if (call.batch !== null) return call.batch.add(answer);
    try {
      this.#host.send(answer);
    } catch (failure) {
      const error = this.#host.unsendable("method" in call ? call : null, failure);
      this.#tell(answerOf(call, { error }));
    }
  }

  /** The answers to a batch, or if they cannot be sent, as many errors. */
  respondTogether(answers: readonly WireObject[]): void {
    if (this.#state === "closed") return;
    try {
      this.#host.send(answers);
    } catch (failure) {
      const error = this.#host.unsendable(null, failure);
      this.#tell(answers.map(({ id }) => ({ jsonrpc: "2.0", id, error })));
    }
  }

  /** What is not worth failing for: who cannot be told any more has closed. */
  #tell(message: WireObject | readonly WireObject[]): void {
    try {
      this.#host.send(message);
    } catch {
      // The close that is under way ends everything.
    }
  }

  #unavailable(code: number, why: string): ErrorObject {
    const { retryAfterMs } = this.#limits;
    return { code, message: `The request was not started: ${why}. Try again later.`, data: { retryAfterMs } };
  }
}

const cancelled: ErrorObject = { code: rpcCodes.cancelled, message: "The request was cancelled." };
const deadlineExceeded: ErrorObject = {
  code: rpcCodes.deadlineExceeded,
  message: "The caller's deadline has passed.",
};

/** What a call has come to that was stopped. */
export const stopErrors: Readonly<Record<StopReason, ErrorObject>> = {
  cancelled,
  deadline: deadlineExceeded,
  closed: cancelled,
};

function invalid(why: string): ErrorObject {
  return { code: rpcCodes.invalidRequest, message: `This is not a valid request: ${why}.` };
}

function answerOf({ id, legacy }: Pick<IncomingCall, "id" | "legacy">, outcome: Outcome): WireObject {
  if (!legacy) return { jsonrpc: "2.0", id, ...outcome };
  return "error" in outcome ? { id, result: null, error: outcome.error } : { id, ...outcome, error: null };
}

/** A name or an id of the other side, as it may stand in a message to it: quoted, and not at length. */
function printed(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 97)}…`;
}
