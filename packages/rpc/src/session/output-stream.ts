import { type ItemQueue } from "./item-queue.ts";

/**
 * The output of a call, item by item, to be iterated once. Leaving the loop early cancels the call, which ends its
 * generator at the other side. The iteration throws what a call would reject with.
 */
export class OutputStream<Item = unknown, Result = unknown> implements AsyncIterable<Item> {
  /** What the method returns behind its last item; rejects if the iteration throws or is left early. */
  readonly result: Promise<Result>;
  readonly #items: ItemQueue<Item>;

  constructor(items: ItemQueue<Item>, result: Promise<Result>) {
    this.#items = items;
    this.result = result;
    // Who only iterates hears of a failure there.
    result.catch(() => {});
  }

  [Symbol.asyncIterator](): AsyncIterator<Item, undefined> {
    return this.#items;
  }

  /** Ends the iteration, and cancels the call if it is not over. */
  cancel(): void {
    void this.#items.return();
  }
}
