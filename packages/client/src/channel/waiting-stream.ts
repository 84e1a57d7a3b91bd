import { ParleyError } from "@parley/core";
import type { Link } from "./link.ts";
import type { ResultStream } from "./result-stream.ts";
import type { Waiting, WaitingRoom } from "./waiting-room.ts";

/** A stream that was asked for while there was no connection: it begins when there is one. */
export class WaitingStream implements ResultStream<unknown, unknown>, AsyncIterator<unknown, undefined> {
  readonly result: Promise<unknown>;
  readonly #room: WaitingRoom;
  readonly #waiting: Waiting;
  readonly #stream: Promise<ResultStream<unknown, unknown>>;
  #items: AsyncIterator<unknown, undefined> | null = null;
  /** The reader has left. */
  #isOver = false;

  /** @param begin is called once, with the connection. */
  constructor(room: WaitingRoom, waiting: Waiting, begin: (link: Link) => ResultStream<unknown, unknown>) {
    this.#room = room;
    this.#waiting = waiting;
    this.#stream = waiting.link.then(begin);
    this.result = this.#stream.then(({ result }) => result);
    // Who only iterates hears of a failure there.
    this.result.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    try {
      this.#items ??= (await this.#stream)[Symbol.asyncIterator]();
    } catch (error) {
      if (this.#isOver) return { done: true, value: undefined };
      this.#isOver = true;
      throw error;
    }
    return this.#items.next();
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.cancel();
    return { done: true, value: undefined };
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#room.giveUp(this.#waiting, new ParleyError("aborted", "The stream was left before it began."));
    this.#stream.then(
      (stream) => stream.cancel(),
      () => {},
    );
  }
}
