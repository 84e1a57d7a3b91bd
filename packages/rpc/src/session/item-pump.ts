import type { Clock } from "@parley/core";

/** After so many items others have their turn: a source that never waits, read as fast as it gives, would leave them none. */
const itemsPerTurn = 64;

/** Where a pump's items go. */
export interface ItemSink {
  /** Whether there is credit for one more item. */
  readonly ready: boolean;
  /** Whether nothing more is wanted. */
  readonly stopped: boolean;
  /** There is an item, and no credit for it. */
  starved(): void;
  /** Sends an item. False: pause until `writable`. */
  send(item: unknown): boolean;
  writable(): Promise<void>;
}

/**
 * Sends the items of an iteration as fast as there is credit for them and the channel takes them, and no faster. It is one item ahead, so
 * that the end needs no credit.
 */
export class ItemPump {
  readonly #sink: ItemSink;
  readonly #clock: Clock;
  #wake: (() => void) | null = null;

  constructor(sink: ItemSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** There may be credit now, or nothing more is wanted. */
  wake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /**
   * Resolves with what `source` returned, or undefined if it was stopped; then, and if something fails, the
   * iteration is told to return.
   */
  async run(source: AsyncIterable<unknown> | Iterable<unknown>): Promise<unknown> {
    const sink = this.#sink;
    const iterator = iteratorOf(source);
    let step: IteratorResult<unknown, unknown> | null = null;
    let items = 0;
    try {
      while (!sink.stopped) {
        items += 1;
        if (items % itemsPerTurn === 0) await this.#nextTurn();
        const next = iterator.next();
        step = "then" in next ? await next : next;
        if (step.done) return step.value;
        while (!sink.ready && !sink.stopped) {
          const credit = this.#credit();
          sink.starved();
          await credit;
        }
        if (!sink.stopped && !sink.send(step.value)) await sink.writable();
      }
    } finally {
      if (!step?.done) await iterator.return?.();
    }
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#clock.nextTurn(resolve));
  }

  #credit(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function iteratorOf(
  source: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
