import type { TooLong } from "../frame-codec.ts";
import type { Handler } from "../handler.ts";
import type { CloseReason } from "./close-reason.ts";
import type { Connection } from "./connection.ts";
import type { Hold } from "./hold.ts";
import type { MessageConsumer } from "./message-consumer.ts";

/** Whom {@link Callbacks} report to. */
export interface CallbacksOwner {
  /** Whether the outbound buffer holds back the next message. */
  readonly heldBack: boolean;
  /** The promise of a callback has been fulfilled: the next message may come. */
  settled(): void;
  /** A callback threw `error`, or its promise was rejected with it. */
  failed(error: unknown): void;
}

/** Messages on their way into a {@link Handler}: one at a time, with a promise only where a callback returns one. */
export class Callbacks<In, Out, Data> implements MessageConsumer<In> {
  readonly #handler: Handler<In, Out, Data>;
  readonly #owner: CallbacksOwner & Connection<In, Out, Data>;
  #pending = false;
  #toldClosing = false;
  /** Made once, with the first promise. */
  #settled: (() => void) | null = null;
  #failed: ((error: unknown) => void) | null = null;

  constructor(handler: Handler<In, Out, Data>, owner: CallbacksOwner & Connection<In, Out, Data>) {
    this.#handler = handler;
    this.#owner = owner;
  }

  get idle(): boolean {
    return !this.#pending;
  }

  get endsConnection(): boolean {
    return this.#handler.ended !== undefined;
  }

  message(message: In): Hold {
    try {
      const result = this.#handler.message(message, this.#owner);
      if (isPromise(result)) return this.#wait(result);
    } catch (error) {
      this.#owner.failed(error);
      return "stopped";
    }
    return this.#owner.heldBack ? "outbound" : "none";
  }

  /** Answers what holds back the first message. */
  open(): Hold {
    try {
      const result = this.#handler.open?.(this.#owner);
      return isPromise(result) ? this.#wait(result) : "none";
    } catch (error) {
      this.#owner.failed(error);
      return "stopped";
    }
  }

  skipped(fault: TooLong): void {
    this.#guard(() => this.#handler.skipped?.(fault, this.#owner));
  }

  /** There is nothing to give back: a message is handled as soon as it is decoded. */
  takeBack(): number {
    return 0;
  }

  ended(): void {
    this.#guard(() => this.#handler.ended?.(this.#owner));
  }

  drain(): void {
    this.#guard(() => this.#handler.drain?.(this.#owner));
  }

  /** Tells it once. */
  closing(reason: CloseReason): void {
    if (this.#toldClosing) return;
    this.#toldClosing = true;
    const handler = this.#handler;
    if (handler.closing !== undefined) this.#guard(() => handler.closing?.(this.#owner, reason));
  }

  closed(reason: CloseReason): void {
    this.closing(reason);
    const handler = this.#handler;
    if (handler.closed !== undefined) this.#guard(() => handler.closed?.(this.#owner, reason));
  }

  /** Calls back; nobody waits for a promise that comes of it, but if it is rejected that is the handler's failure. */
  #guard(callback: () => unknown): void {
    try {
      const result = callback();
      if (isPromise(result)) Promise.resolve(result).then(undefined, (error) => this.#owner.failed(error));
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  #wait(result: PromiseLike<void>): Hold {
    this.#pending = true;
    this.#settled ??= () => {
      this.#pending = false;
      this.#owner.settled();
    };
    this.#failed ??= (error) => {
      this.#pending = false;
      this.#owner.failed(error);
    };
    // A thenable that is no promise might call back at once, in the middle of this message.
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    promise.then(this.#settled, this.#failed);
    return "handler";
  }
}

function isPromise(result: unknown): result is PromiseLike<void> {
  return result !== undefined && result !== null && typeof (result as PromiseLike<void>).then === "function";
}
