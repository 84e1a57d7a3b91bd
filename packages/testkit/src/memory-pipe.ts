/** One direction of a memory stream: what was written and not yet read, up to a capacity, like a kernel's buffer. */
export class MemoryPipe {
  readonly #capacityBytes: number;
  #chunks: Uint8Array[] = [];
  #length = 0;
  #state: "open" | "ended" = "open";

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** Bytes that wait to be read. */
  get length(): number {
    return this.#length;
  }

  /** Whether nothing follows what waits. */
  get ended(): boolean {
    return this.#state === "ended";
  }

  /** Copies as much of `bytes` as there is room for; answers how much that was. */
  offer(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.#capacityBytes - this.#length);
    if (taken === 0) return 0;
    this.#chunks.push(Uint8Array.from(bytes.subarray(0, taken)));
    this.#length += taken;
    return taken;
  }

  /** Removes up to `max` bytes, in a buffer of their own. */
  take(max: number): Uint8Array {
    const taken = new Uint8Array(Math.min(max, this.#length));
    let at = 0;
    while (at < taken.length) {
      const first = this.#chunks[0] as Uint8Array;
      const part = first.subarray(0, taken.length - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part.length);
    }
    this.#length -= taken.length;
    return taken;
  }

  end(): void {
    this.#state = "ended";
  }

  /** Loses what waits. */
  discard(): void {
    this.#chunks = [];
    this.#length = 0;
  }
}
