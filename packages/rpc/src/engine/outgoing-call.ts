/** Where a call stands: not sent yet, on the wire, or over. */
export type OutgoingState = "waiting" | "sent" | "settled";

/**
 * A request of this side, from when it is asked for until it is settled; what comes of it, its maker is told by
 * the methods.
 */
export abstract class OutgoingCall {
  readonly method: string;
  readonly params: unknown;
  readonly timeoutMs: number;
  /** On the engine's clock; Infinity for none. */
  readonly deadline: number;
  readonly key: string | undefined;
  readonly traceparent: string | undefined;
  /** How many more items of output the other side may send; null if it is to send none. */
  credit: number | null;
  /** How many more items of input the other side is ready for. */
  inputCredit = 0;
  state: OutgoingState = "waiting";
  /** Given when it is sent; 0 before. */
  id = 0;

  constructor(
    method: string,
    params: unknown,
    timeoutMs: number,
    deadline: number,
    credit: number | null,
    key?: string,
    traceparent?: string,
  ) {
    this.method = method;
    this.params = params;
    this.timeoutMs = timeoutMs;
    this.deadline = deadline;
    this.credit = credit;
    this.key = key;
    this.traceparent = traceparent;
  }

  /** It was answered with a result. Called at most once, and then no other of these two. */
  abstract resolve(result: unknown): void;
  /** It failed, here or there. */
  abstract reject(error: unknown): void;
  /** An item of its output has come, within the credit. */
  output(_item: unknown): void {}
  /** The other side is ready for more input. */
  inputWanted(): void {}
}
