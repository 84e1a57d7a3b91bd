/**
 * The output of a call, item by item. To be iterated once; leaving the loop early cancels the call, which ends its generator at the server.
 * The iteration throws what a call would reject with.
 */
export interface ResultStream<Item, Result> extends AsyncIterable<Item> {
  /** What the method returns behind its last item; rejects if the iteration throws or is left early. Read the items first. */
  readonly result: Promise<Result>;
  [Symbol.asyncIterator](): AsyncIterator<Item, undefined>;
  /** Ends the iteration, and cancels the call if it is not over. */
  cancel(): void;
}
