import type { AbortWatch } from "@parley/core";

/**
 * One request: it waits, is sent, and is settled once. One that is given up after it was sent is late: it keeps its place,
 * for its reply to be dropped there. It is its own link in a {@link RequestQueue}, so that a request costs one object
 * beside its promise.
 */
export class PendingRequest<In, Out> {
  readonly reply: Promise<In>;
  readonly timeoutMs: number;
  /** On the channel's clock. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  state: "waiting" | "sent" | "late" | "settled" = "waiting";
  next: PendingRequest<In, Out> | null = null;
  previous: PendingRequest<In, Out> | null = null;
  readonly #aborts: AbortWatch<PendingRequest<In, Out>>;
  #message: Out | undefined;
  #resolve!: (reply: In) => void;
  #reject!: (error: unknown) => void;

  constructor(
    aborts: AbortWatch<PendingRequest<In, Out>>,
    message: Out,
    timeoutMs: number,
    deadline: number,
    signal: AbortSignal | undefined,
  ) {
    this.#aborts = aborts;
    this.#message = message;
    this.timeoutMs = timeoutMs;
    this.deadline = deadline;
    this.signal = signal;
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    aborts.add(this);
  }

  /** The message, to be sent now; the request does not keep it. */
  takeMessage(): Out {
    const message = this.#message as Out;
    this.#message = undefined;
    return message;
  }

  resolve(reply: In): void {
    this.#settle("settled");
    this.#resolve(reply);
  }

  reject(error: unknown): void {
    this.#settle(this.state === "sent" ? "late" : "settled");
    this.#reject(error);
  }

  #settle(state: "late" | "settled"): void {
    this.state = state;
    this.#message = undefined;
    this.#aborts.delete(this);
  }
}
