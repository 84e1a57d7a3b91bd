import { Mismatch } from "../contract/mismatch.ts";
import type { OutgoingCalls } from "../engine/outgoing-calls.ts";
import { abortedError } from "./aborted-error.ts";
import { ItemQueue } from "./item-queue.ts";
import { OutputStream } from "./output-stream.ts";
import { PendingCall } from "./pending-call.ts";

/** A call with an output stream. */
export class StreamCall extends PendingCall {
  #items!: ItemQueue<unknown>;
  #outgoing!: OutgoingCalls;

  /** What its reader gets. */
  open(outgoing: OutgoingCalls, window: number): OutputStream {
    this.#items = new ItemQueue<unknown>(
      {
        taken: (items) => outgoing.giveCredit(this, items),
        left: () => outgoing.cancel(this, abortedError("The stream was left before its end.")),
      },
      window,
    );
    this.#outgoing = outgoing;
    return new OutputStream(this.#items, this.result);
  }

  override output(item: unknown): void {
    let taken: unknown;
    try {
      taken = this.request.method.output?.fromWire(item, this.home.form);
    } catch (error) {
      return this.#outgoing.cancel(this, this.mismatch("an item of the output", error));
    }
    this.#items.push(taken);
  }

  override resolve(result: unknown): void {
    if (this.credit === null) return this.#collected(result);
    super.resolve(result);
    // Unless the result itself has made it fail.
    this.#items.end();
  }

  /** All items have come at once, as they do for who gave no credit. */
  #collected(items: unknown): void {
    let taken: unknown[];
    try {
      if (!Array.isArray(items))
        throw new Mismatch([
          { path: "", expected: "an array of items", actual: items === null ? "null" : typeof items },
        ]);
      taken = items.map((item) => this.request.method.output?.fromWire(item, this.home.form));
    } catch (error) {
      return this.reject(this.mismatch("an item of the output", error));
    }
    for (const item of taken) this.#items.push(item);
    super.resolve(null);
    this.#items.end();
  }

  override reject(error: unknown): void {
    super.reject(error);
    this.#items.fail(error);
  }
}
