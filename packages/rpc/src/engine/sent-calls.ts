import type { OutgoingCall } from "./outgoing-call.ts";

const slots = 512;

/**
 * The calls that wait for their answers, by their ids, which count up. A ring holds the most recent; one that is still there when its
 * slot is needed again moves to a map. (A map for all of them costs ten times as much a call: `bench rpc`.)
 */
export class SentCalls implements Iterable<OutgoingCall> {
  readonly #recent: (OutgoingCall | null)[] = [];
  readonly #old = new Map<number, OutgoingCall>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes a call under an id that none had before it. */
  add(id: number, call: OutgoingCall): void {
    const slot = id % slots;
    const earlier = this.#recent[slot];
    if (earlier !== null && earlier !== undefined) this.#old.set(earlier.id, earlier);
    this.#recent[slot] = call;
    this.#size += 1;
  }

  /** The call of an id as the other side has it. */
  get(id: unknown): OutgoingCall | undefined {
    if (typeof id !== "number") return undefined;
    const call = this.#recent[id % slots];
    return call?.id === id ? call : this.#old.get(id);
  }

  delete(call: OutgoingCall): void {
    const slot = call.id % slots;
    if (this.#recent[slot] === call) this.#recent[slot] = null;
    else if (!this.#old.delete(call.id)) return;
    this.#size -= 1;
  }

  clear(): void {
    this.#recent.length = 0;
    this.#old.clear();
    this.#size = 0;
  }

  /** In the order in which they were sent. */
  *[Symbol.iterator](): IterableIterator<OutgoingCall> {
    yield* this.#old.values();
    for (const call of this.#recent.filter((each) => each != null).sort((a, b) => a.id - b.id)) yield call;
  }
}
