/** Something that falls due at a time. */
export interface DueItem {
  /** In milliseconds of a clock; does not change while it is in a queue. */
  dueAt: number;
  /** Where it stands in the queue's heap; -1 if in none. */
  place: number;
}

/** Items in the order in which they fall due: a binary heap whose items know their places, so that any can leave. */
export class DueQueue<T extends DueItem> {
  readonly #heap: T[] = [];

  get first(): T | undefined {
    return this.#heap[0];
  }

  add(item: T, dueAt: number): void {
    item.dueAt = dueAt;
    this.#rise(item, this.#heap.length);
  }

  /** Does nothing for one that is not in it. */
  delete(item: T): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#heap.pop() as T;
    if (last === item) return;
    this.#sink(last, place);
    if (last.place === place) this.#rise(last, place);
  }

  #rise(item: T, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as T;
      if (parent.dueAt <= item.dueAt) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(item, place);
  }

  #sink(item: T, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] as T).dueAt < (heap[below] as T).dueAt) below += 1;
      const child = heap[below] as T;
      if (child.dueAt >= item.dueAt) break;
      this.#put(child, place);
      place = below;
    }
    this.#put(item, place);
  }

  #put(item: T, place: number): void {
    this.#heap[place] = item;
    item.place = place;
  }
}
