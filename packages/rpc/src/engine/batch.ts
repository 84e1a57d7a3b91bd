import type { WireObject } from "./wire.ts";

/** Gathers the answers to one batch, which leave together once all are there (JSON-RPC 2.0, section 6). */
export class Batch {
  /** How many of its requests are being worked on, and, while any is, how many bytes it came in. */
  working = 0;
  bytes = 0;
  readonly #answers: WireObject[] = [];
  readonly #send: (answers: readonly WireObject[]) => void;
  readonly #tellKept: (answers: number) => void;
  /** Requests that are not answered yet, and one for the batch itself while it is being read. */
  #open = 1;
  /** From then on answers are kept until all others are there. */
  #isRead = false;

  /** @param kept is told of so many answers more that are kept, or less. */
  constructor(send: (answers: readonly WireObject[]) => void, kept: (answers: number) => void) {
    this.#send = send;
    this.#tellKept = kept;
  }

  /** A request of the batch is going to be answered. */
  expect(): void {
    this.#open += 1;
  }

  add(answer: WireObject): void {
    this.#answers.push(answer);
    if (this.#isRead) this.#tellKept(1);
    this.#settle();
  }

  /** The batch has been read. One of notifications alone has no answer. */
  close(): void {
    this.#isRead = true;
    this.#tellKept(this.#answers.length);
    this.#settle();
  }

  #settle(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#tellKept(-this.#answers.length);
    if (this.#answers.length > 0) this.#send(this.#answers);
  }
}
