import type { WireObject } from "./wire.ts";

/** Gathers the answers to one batch, which leave together once all are there (JSON-RPC 2.0, section 6). */
export class Batch {
  /** How many of its requests are being worked on, and, while any is, how many bytes it came in. */
  working = 0;
  bytes = 0;
  readonly #answers: WireObject[] = [];
  readonly #send: (answers: readonly WireObject[]) => void;
  /** Requests that are not answered yet, and one for the batch itself while it is being read. */
  #open = 1;

  constructor(send: (answers: readonly WireObject[]) => void) {
    this.#send = send;
  }

  /** A request of the batch is going to be answered. */
  expect(): void {
    this.#open += 1;
  }

  add(answer: WireObject): void {
    this.#answers.push(answer);
    this.close();
  }

  /** The batch has been read, or one of its requests answered. A batch of notifications alone has no answer. */
  close(): void {
    this.#open -= 1;
    if (this.#open === 0 && this.#answers.length > 0) this.#send(this.#answers);
  }
}
