import {
  AbortWatch,
  ClosedError,
  type CloseReason,
  type Connection,
  checkIntegerOrInfinity,
  DeadlineTimer,
  ParleyError,
  StreamConnection,
  TimeoutError,
} from "@parley/core";
import { type OrderedOptions, orderedOptions } from "./ordered-options.ts";
import { PendingRequest } from "./pending-request.ts";
import { RequestQueue } from "./request-queue.ts";
import { UnansweredError } from "./unanswered-error.ts";

/** The limits of one request. */
export interface RequestOptions {
  /** How long the reply may take, the wait to be sent included. Default the channel's; Infinity for ever. */
  readonly timeoutMs?: number | undefined;
  /** Gives the request up. */
  readonly signal?: AbortSignal | undefined;
}

const noOptions: RequestOptions = Object.freeze({});

/** How many pending requests justify a sweep a millisecond later: it keeps the sweeps' share of the time small. */
const requestsPerSweepMs = 1_000;

/**
 * A channel over `connection` for protocols whose nth reply answers the nth request. It takes all of the connection's
 * messages from now on; a reply nobody asked for closes it as `malformed`. Messages must be their own: a codec that
 * borrows (`bytes({ borrow: true })`) does not suit, as replies are looked at after its views have ended.
 * @throws ParleyError `bad-option`; `in-use` if somebody takes the connection's messages already.
 */
export function ordered<In, Out = In, Data = unknown>(
  connection: Connection<In, Out, Data>,
  options: OrderedOptions = {},
): OrderedChannel<In, Out> {
  const limits = orderedOptions(options);
  if (!(connection instanceof StreamConnection)) {
    throw new ParleyError(
      "bad-option",
      "connection is none that Parley made; give ordered() what connect() resolved with.",
    );
  }
  return new OrderedChannel<In, Out>(connection, limits);
}

/** See {@link ordered}. */
export class OrderedChannel<In, Out = In> {
  readonly #connection: Connection<In, Out>;
  readonly #options: ReturnType<typeof orderedOptions>;
  /** Not sent yet. */
  readonly #waiting = new RequestQueue<In, Out>();
  /** On the wire; late ones keep their place. */
  readonly #sent = new RequestQueue<In, Out>();
  #late = 0;
  /** Whether the connection has asked for a pause in sending. */
  #paused = false;
  #ended: ParleyError | null = null;
  readonly #timer: DeadlineTimer;
  readonly #aborts = new AbortWatch<PendingRequest<In, Out>>((request) =>
    this.#giveUp(request, abortedError(request.signal as AbortSignal)),
  );
  readonly #resume = (): void => {
    this.#paused = false;
    this.#sendWaiting();
  };

  constructor(connection: StreamConnection<In, Out, unknown>, options: ReturnType<typeof orderedOptions>) {
    this.#connection = connection;
    this.#options = options;
    this.#timer = new DeadlineTimer(options.clock, (now) => this.#sweep(now));
    connection.handle({
      message: (reply) => this.#received(reply),
      ended: () => {
        this.#fail(new ClosedError({ by: "remote", kind: "ended" }));
        void connection.close();
      },
      closing: (_, reason) => this.#fail(new ClosedError(reason)),
    });
  }

  /**
   * Sends `message`, and resolves with its reply. Requests are pipelined; those beyond `maxInFlight`, or beyond what the
   * connection takes at the moment, wait in order.
   *
   * One that is given up rejects at once. If it was not sent yet it never will be; else its reply is dropped when it comes.
   * @throws ParleyError `bad-option` at once; the promise rejects with TimeoutError, ClosedError, UnansweredError,
   * ParleyError `aborted`, or what the codec says of the message: FrameTooLongError, ParleyError `unencodable`.
   */
  request(message: Out, options: RequestOptions = noOptions): Promise<In> {
    const { timeoutMs = this.#options.timeoutMs, signal } = options;
    checkIntegerOrInfinity("timeoutMs", timeoutMs, 1);
    if (this.#ended !== null) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(abortedError(signal));
    const deadline = this.#options.clock.now() + timeoutMs;
    const request = new PendingRequest<In, Out>(this.#aborts, message, timeoutMs, deadline, signal);
    if (this.#waiting.size === 0 && this.#maySend) this.#send(request);
    else this.#waiting.push(request);
    if (request.state !== "settled") this.#timer.expect(deadline);
    return request.reply;
  }

  /** Closes the connection gracefully; requests without their reply reject with ClosedError at once. Never rejects itself. */
  close(): Promise<CloseReason> {
    this.#fail(new ClosedError({ by: "local", kind: "ended" }));
    return this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #maySend(): boolean {
    return !this.#paused && this.#sent.size < this.#options.maxInFlight;
  }

  #sendWaiting(): void {
    while (this.#waiting.size > 0 && this.#maySend) {
      this.#send(this.#waiting.shift() as PendingRequest<In, Out>);
    }
  }

  #send(request: PendingRequest<In, Out>): void {
    let more: boolean;
    try {
      more = this.#connection.send(request.takeMessage());
    } catch (error) {
      return request.reject(error);
    }
    // What was sent may have been too much, and the connection closed for it.
    if (this.#ended !== null) return request.reject(this.#ended);
    request.state = "sent";
    this.#sent.push(request);
    if (more) return;
    this.#paused = true;
    // If it rejects, sending says why.
    this.#connection.writable().then(this.#resume, this.#resume);
  }

  #received(reply: In): void {
    const request = this.#sent.shift();
    if (request === null) return this.#refuseReply();
    if (request.state === "late") this.#late -= 1;
    else request.resolve(reply);
    this.#sendWaiting();
  }

  #refuseReply(): void {
    const reason = { by: "local", kind: "malformed", why: "a reply came that no request asked for" } as const;
    this.#fail(new ClosedError(reason));
    (this.#connection as StreamConnection<In, Out>).destroy(reason);
  }

  #giveUp(request: PendingRequest<In, Out>, error: ParleyError): void {
    if (request.state === "waiting") this.#waiting.remove(request);
    else this.#late += 1;
    request.reject(error);
    if (this.#late <= this.#options.maxLate) return;
    this.#fail(new UnansweredError(this.#options.maxLate));
    this.#connection.destroy();
  }

  /** Gives up what is overdue; answers when to look again. */
  #sweep(now: number): number {
    const next = Math.min(this.#sweepQueue(this.#sent, now), this.#sweepQueue(this.#waiting, now));
    return Math.max(next, now + (this.#sent.size + this.#waiting.size) / requestsPerSweepMs);
  }

  #sweepQueue(queue: RequestQueue<In, Out>, now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    let request = queue.first;
    while (request !== null) {
      // Giving it up may take it out of the queue.
      const { next, state, deadline, timeoutMs } = request;
      if (state === "late") {
        // Only its place is left.
      } else if (deadline > now) earliest = Math.min(earliest, deadline);
      else this.#giveUp(request, new TimeoutError(timeoutMs, state === "sent"));
      request = next;
    }
    return earliest;
  }

  #fail(error: ParleyError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#timer.stop();
    for (const queue of [this.#sent, this.#waiting]) {
      for (let request = queue.shift(); request !== null; request = queue.shift()) {
        if (request.state !== "late") request.reject(error);
      }
    }
  }
}

function abortedError(signal: AbortSignal): ParleyError {
  return new ParleyError("aborted", "The request was given up by its AbortSignal.", { cause: signal.reason });
}
