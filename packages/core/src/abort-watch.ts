/** Something that its signal ends. */
export interface Abortable {
  readonly signal: AbortSignal | undefined;
}

/**
 * Listens once to each signal, however many share it: one signal for all requests of a session is ordinary, and a listener
 * for each of them would have Node warn of a leak.
 */
export class AbortWatch<T extends Abortable> {
  readonly #aborted: (item: T) => void;
  readonly #watched = new Map<AbortSignal, Set<T>>();
  readonly #listener = (event: Event): void => {
    const signal = event.target as AbortSignal;
    const items = this.#watched.get(signal);
    this.#watched.delete(signal);
    for (const item of items ?? []) this.#aborted(item);
  };

  constructor(aborted: (item: T) => void) {
    this.#aborted = aborted;
  }

  add(item: T): void {
    const { signal } = item;
    if (signal === undefined) return;
    const items = this.#watched.get(signal);
    if (items !== undefined) items.add(item);
    else {
      this.#watched.set(signal, new Set([item]));
      signal.addEventListener("abort", this.#listener);
    }
  }

  delete(item: T): void {
    const { signal } = item;
    if (signal === undefined) return;
    const items = this.#watched.get(signal);
    if (items === undefined || !items.delete(item) || items.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener("abort", this.#listener);
  }
}
