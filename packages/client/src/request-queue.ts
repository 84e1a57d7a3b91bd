import type { PendingRequest } from "./pending-request.ts";

/**
 * Requests in their order, linked through themselves: each operation takes the same short time however many there are,
 * and what has left leaves nothing behind.
 */
export class RequestQueue<In, Out> {
  size = 0;
  first: PendingRequest<In, Out> | null = null;
  #last: PendingRequest<In, Out> | null = null;

  push(request: PendingRequest<In, Out>): void {
    request.previous = this.#last;
    if (this.#last === null) this.first = request;
    else this.#last.next = request;
    this.#last = request;
    this.size += 1;
  }

  shift(): PendingRequest<In, Out> | null {
    const { first } = this;
    if (first !== null) this.remove(first);
    return first;
  }

  /** Takes out a request that is in this queue, wherever it stands. */
  remove(request: PendingRequest<In, Out>): void {
    const { previous, next } = request;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    request.previous = null;
    request.next = null;
    this.size -= 1;
  }
}
