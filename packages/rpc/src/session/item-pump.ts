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
  #wake: (() => void) | null = null;

  constructor(sink: ItemSink) {
    this.#sink = sink;
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
    try {
      while (!sink.stopped) {
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
