import type { ClosedError } from "./close-reason.ts";
import type { Hold } from "./hold.ts";
import type { MessageConsumer } from "./message-consumer.ts";

/** Where a {@link MessageQueue} gets more from. */
export interface MessageSource {
  /** Whether messages are held back because the outbound buffer is full. */
  readonly heldBack: boolean;
  /** Whoever iterates has taken everything and waits for more, or knows that there is no more. */
  asked(): void;
}

interface Waiting<In> {
  resolve(result: IteratorResult<In, undefined>): void;
  reject(error: Error): void;
}

/** Messages on their way into a `for await`: filled with a whole chunk's at once, so that most of them cost no wait. */
export class MessageQueue<In> implements AsyncIterator<In, undefined>, MessageConsumer<In> {
  readonly endsConnection: boolean;
  readonly #source: MessageSource;
  #messages: In[] = [];
  #next = 0;
  #waiting: Waiting<In>[] = [];
  #end: "open" | "done" | ClosedError = "open";

  /** @param endsConnection whether whoever iterates closes the connection when it is through. */
  constructor(source: MessageSource, endsConnection: boolean) {
    this.#source = source;
    this.endsConnection = endsConnection;
  }

  /** Whether whoever iterates has taken everything and asks for more, or knows that there is no more. */
  get idle(): boolean {
    return this.#next === this.#messages.length && (this.#waiting.length > 0 || this.#end !== "open");
  }

  message(message: In): Hold {
    if (this.#waiting.length > 0 && this.#next === this.#messages.length && !this.#source.heldBack) {
      (this.#waiting.shift() as Waiting<In>).resolve({ value: message, done: false });
      if (this.#waiting.length > 0) return "none";
    } else this.#messages.push(message);
    return "iteration";
  }

  /** A frame that was passed over is none of an iteration's messages. */
  skipped(): void {}

  takeBack(): number {
    const untaken = this.#messages.length - this.#next;
    this.#messages = [];
    this.#next = 0;
    return untaken;
  }

  ended(): void {
    this.finish();
  }

  /** Whoever iterates learns of a drain when nothing is left to take: by `finish`. */
  drain(): void {}

  /** No message follows; an error is thrown to whoever has taken the last. */
  finish(error?: ClosedError): void {
    if (this.#end !== "open") return;
    this.#end = error ?? "done";
    if (this.#waiting.length > 0) this.deliver();
  }

  /** Hands on what may have been held back. */
  deliver(): void {
    while (this.#waiting.length > 0) {
      const result = this.#take();
      if (result === undefined) return;
      const waiting = this.#waiting.shift() as Waiting<In>;
      if (result instanceof Error) waiting.reject(result);
      else waiting.resolve(result);
    }
  }

  next(): Promise<IteratorResult<In, undefined>> {
    const result = this.#take();
    if (result === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
        if (this.#next === this.#messages.length) this.#source.asked();
      });
    }
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  }

  /** Leaving the loop early: what was not taken stays for the next iteration. */
  return(): Promise<IteratorResult<In, undefined>> {
    for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  }

  #take(): IteratorResult<In, undefined> | ClosedError | undefined {
    if (this.#next < this.#messages.length) {
      if (this.#source.heldBack && this.#end === "open") return undefined;
      const value = this.#messages[this.#next++] as In;
      if (this.#next === this.#messages.length) {
        this.#messages = [];
        this.#next = 0;
      }
      return { value, done: false };
    }
    if (this.#end === "open") return undefined;
    this.#source.asked();
    return this.#end === "done" ? { value: undefined, done: true } : this.#end;
  }
}
