import { rpcCodes } from "../codes.ts";
import type { SessionLimits } from "../session/session-options.ts";
import { type Answerable, answerOf, cancelled, deadlineExceeded, invalidRequest, quoted } from "./answer.ts";
import type { Batch } from "./batch.ts";
import type { IncomingCall, IncomingParts, IncomingState } from "./incoming-call.ts";
import { partsOf, unansweredParts, whyInvalid } from "./incoming-request.ts";
import {
  countOf,
  type ErrorObject,
  type Id,
  isId,
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
  workBegun(call: IncomingCall): void;
  workDone(call: IncomingCall): void;
}

const stopping: ReadonlySet<IncomingState> = new Set(["cancelled", "answered", "done"]);

/** The called half of an engine: has requests worked on, and each of them answered once. */
export class IncomingCalls {
  readonly #host: IncomingCallsHost;
  readonly #limits: SessionLimits;
  /** Not answered yet, by id. */
  readonly #running = new Map<IncomingCall["id"], IncomingCall>();
  #working = 0;
  /** Answers whose batches are not complete: as long as they are kept, their requests are in flight. */
  #keptAnswers = 0;
  #state: "open" | "draining" | "closed" = "open";

  constructor(host: IncomingCallsHost, limits: SessionLimits) {
    this.#host = host;
    this.#limits = limits;
  }

  /** How many requests are being worked on. */
  get working(): number {
    return this.#working;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** A request has come. */
  request(message: WireObject, batch: Batch | null): void {
    batch?.expect();
    const { method } = message;
    const id = isId(message.id) ? message.id : null;
    const legacy = message.jsonrpc === undefined && this.#limits.lenient;
    const to: Answerable = { id, batch, legacy };
    const why = whyInvalid(message, legacy);
    if (why !== null) return this.#reject(to, invalidRequest(why));
    if (this.#running.has(id)) {
      const twice = `the request before it with the id ${quoted(id)} is not answered yet`;
      return this.#reject({ id: null, batch, legacy }, invalidRequest(twice));
    }
    if (method === words.ping) return this.#respond(to, { result: null });
    if (this.#state !== "open") return this.#reject(to, this.#unavailable(rpcCodes.draining, "draining"));
    if (this.#working + this.#keptAnswers >= this.#limits.maxInFlight) {
      const full = `overloaded: ${this.#limits.maxInFlight} requests of this connection are in flight`;
      return this.#reject(to, this.#unavailable(rpcCodes.overloaded, full));
    }
    const parts = partsOf(message, batch, legacy);
    if (parts.timeoutMs <= 0) return this.#reject(to, deadlineExceeded);
    const call = this.#host.callOf(parts);
    if (call !== null) return this.#start(call);
    this.#reject(to, { code: rpcCodes.methodNotFound, message: `There is no method ${quoted(method)}.` });
  }

  /**
   * When a call is overdue, on the engine's clock; Infinity for never. The clock is read when that is first asked: what is answered at
   * once never does, and reading the clock for it would cost every call.
   */
  deadlineOf(call: IncomingCall): number {
    call.deadline ??=
      call.timeoutMs === Number.POSITIVE_INFINITY ? call.timeoutMs : this.#host.now() + call.timeoutMs;
    return call.deadline;
  }

  /** A request without an id has come: it is worked on as others are, but nobody is told what comes of it. */
  unanswered(method: string, params: unknown): void {
    if (this.#state !== "open" || this.#working >= this.#limits.maxInFlight) return;
    const call = this.#host.callOf(unansweredParts(method, params));
    if (call !== null) this.#start(call);
  }

  /** What cannot be taken for a request is answered, if it might be one. */
  refuse(id: unknown, batch: Batch | null, why: string): void {
    batch?.expect();
    this.#reject({ id: isId(id) ? id : null, batch, legacy: false }, invalidRequest(why));
  }

  /** Something came that is no message at all. */
  unparsable(): void {
    const error = { code: rpcCodes.parseError, message: "This is not a message: it could not be parsed." };
    this.#reject({ id: null, batch: null, legacy: false }, error);
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
    if (state !== "starting") this.#host.workDone(call);
  }

  /** Answers a call with an error before the work on it is through, and stops it. */
  fail(call: IncomingCall, error: ErrorObject): void {
    if (call.state === "answered" || call.state === "done") return;
    this.#answerEarly(call, error);
    call.stop("cancelled");
  }

  /** So many answers more are kept for their batches, or less. */
  keepAnswers(answers: number): void {
    this.#keptAnswers += answers;
  }

  /** Answers a batch; with as many errors, if the answers cannot be sent. */
  respondTogether(answers: readonly WireObject[]): void {
    if (this.isClosed) return;
    try {
      this.#host.send(answers);
    } catch (failure) {
      if (this.isClosed) return;
      const error = this.#host.unsendable(null, failure);
      this.#tell(
        answers.map(({ id, jsonrpc }) =>
          answerOf({ id: id as Id, legacy: jsonrpc === undefined }, { error }),
        ),
      );
    }
  }

  /**
   * Sends an item of output, for which there has to be credit. False: pause. @throws what keeps it from being
   * sent.
   */
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
    this.fail(call, {
      code: rpcCodes.streamLimit,
      message: "More input has come than was asked for; wait for $/input/credit.",
    });
  }

  inputEnded(id: unknown): void {
    this.#running.get(id as Id)?.inputEnded();
  }

  /** The other side says nothing any more, and still hears. */
  remoteEnded(): void {
    for (const call of this.#running.values()) call.remoteEnded();
  }

  /** Takes no new requests from now on. Answers whether it did before. */
  drain(): boolean {
    if (this.#state !== "open") return false;
    this.#state = "draining";
    return true;
  }

  /** Answers what is overdue; says when to look again. */
  sweep(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const call of this.#running.values()) {
      const deadline = this.deadlineOf(call);
      if (deadline > now) earliest = Math.min(earliest, deadline);
      else {
        this.#answerEarly(call, deadlineExceeded);
        call.stop("deadline");
      }
    }
    return earliest;
  }

  /** Nobody hears any more: what is being worked on is in vain. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    const calls = [...this.#running.values()];
    this.#running.clear();
    for (const call of calls) {
      call.state = "answered";
      call.stop("closed");
    }
  }

  #start(call: IncomingCall): void {
    this.#working += 1;
    call.start();
    // Its state changes when it is through at once.
    if ((call.state as IncomingState) !== "starting") return;
    this.#host.workBegun(call);
    if (this.isClosed) {
      call.state = "answered";
      return call.stop("closed");
    }
    call.state = "running";
    this.#running.set(call.id, call);
    if (call.timeoutMs < Number.POSITIVE_INFINITY) this.#host.expect(this.deadlineOf(call));
  }

  #answerEarly(call: IncomingCall, error: ErrorObject): void {
    this.#running.delete(call.id);
    call.state = "answered";
    this.#respond(call, { error });
  }

  #reject(to: Answerable, error: ErrorObject): void {
    this.#respond(to, { error });
  }

  #respond(to: IncomingCall | Answerable, outcome: Outcome): void {
    if (this.isClosed || typeof to.id === "symbol") return;
    const answer = answerOf(to, outcome);
    if (to.batch !== null) return to.batch.add(answer);
    try {
      this.#host.send(answer);
    } catch (failure) {
      // Sending may be what has closed it.
      if (this.isClosed) return;
      const error = this.#host.unsendable("method" in to ? to : null, failure);
      this.#tell(answerOf(to, { error }));
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
