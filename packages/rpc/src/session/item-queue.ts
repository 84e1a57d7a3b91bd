/** What wants to know of a queue's reader. */
export interface ItemQueueOwner {
  /** The reader has taken so many more items: as many may come in their place. */
  taken(items: number): void;
  /** The reader has left before the end. */
  left(): void;
  /** So many bytes more are kept for the reader, or less. */
  kept?(bytes: number): void;
}

type QueueState =
  | { readonly kind: "open" }
  /** No more items come. */
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown }
  /** The reader has left, or has been told of the end. */
  | { readonly kind: "over" };

const open: QueueState = { kind: "open" };
const over: QueueState = { kind: "over" };
const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Items of a stream between who brings them and the one who iterates over them. It is as long as the credit that
 * was given.
 */
export class ItemQueue<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #owner: ItemQueueOwner;
  /** How many items are taken before the owner hears of it. */
  readonly #reportAfter: number;
  #items: Item[] = [];
  /** What `push` was told of each. */
  #sizes: number[] = [];
  #at = 0;
  #taken = 0;
  #state: QueueState = open;
  readonly #readers: PromiseWithResolvers<IteratorResult<Item, undefined>>[] = [];

  constructor(owner: ItemQueueOwner, window: number) {
    this.#owner = owner;
    this.#reportAfter = Math.max(1, window >> 1);
  }

  /** Whether more may come. */
  get isOpen(): boolean {
    return this.#state.kind === "open";
  }

  /** @param bytes how much it takes to keep it. */
  push(item: Item, bytes = 0): void {
    if (this.#state.kind !== "open") return;
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#items.push(item);
      this.#sizes.push(bytes);
      this.#owner.kept?.(bytes);
    } else {
      this.#took();
      reader.resolve({ done: false, value: item });
    }
  }

  /** No more items come; those that are here are still to be read. */
  end(): void {
    if (this.#state.kind === "open") this.#finish({ kind: "ended" });
  }

  /** The stream has failed: so does the iteration, once what came before is read. */
  fail(error: unknown): void {
    if (this.#state.kind === "open") this.#finish({ kind: "failed", error });
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#at < this.#items.length) {
      const value = this.#items[this.#at] as Item;
      const bytes = this.#sizes[this.#at] as number;
      this.#at += 1;
      if (this.#at === this.#items.length) this.#clear();
      this.#owner.kept?.(-bytes);
      this.#took();
      return Promise.resolve({ done: false, value });
    }
    const state = this.#state;
    if (state.kind === "open") {
      const reader = withResolvers<IteratorResult<Item, undefined>>();
      this.#readers.push(reader);
      return reader.promise;
    }
    this.#state = over;
    return state.kind === "failed" ? Promise.reject(state.error) : Promise.resolve(done);
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    const { kind } = this.#state;
    const bytes = this.#sizes.slice(this.#at).reduce((sum, each) => sum + each, 0);
    this.#clear();
    this.#owner.kept?.(-bytes);
    this.#finish(over);
    if (kind === "open") this.#owner.left();
    return Promise.resolve(done);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #clear(): void {
    this.#items = [];
    this.#sizes = [];
    this.#at = 0;
  }

  #took(): void {
    this.#taken += 1;
    if (this.#taken < this.#reportAfter || this.#state.kind !== "open") return;
    const taken = this.#taken;
    this.#taken = 0;
    this.#owner.taken(taken);
  }

  #finish(state: QueueState): void {
    this.#state = state;
    for (const reader of this.#readers.splice(0)) {
      if (state.kind === "failed" && this.#state === state) {
        this.#state = over;
        reader.reject(state.error);
      } else reader.resolve(done);
    }
  }
}

// As Promise.withResolvers, which Node 20 lacks.
interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
