import { pooledBuffers } from "./buffer-pool.ts";

/** A growing output buffer: codecs write at `at` after reserving room, and advance `at` themselves. */
export interface Writer {
  /** The buffer; replaced when it grows, so read it anew after every `reserve`. */
  bytes: Uint8Array;
  /** Where the next byte goes. */
  at: number;
  /** Makes room for `count` bytes from `at` on. */
  reserve(count: number): void;
}

const nothing = new Uint8Array(0);

/** The one writer there is: borrows its buffer from the pool with the first byte and grows by doubling. */
export class OutputBuffer implements Writer {
  bytes: Uint8Array = nothing;
  at = 0;
  #lastLength = 0;
  /** Whether `bytes` are somebody else's. */
  #lent = false;

  reserve(count: number): void {
    const needed = this.at + count;
    if (needed > this.bytes.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const old = this.bytes;
    const bigger = pooledBuffers.take(Math.max(needed, old.length * 2, this.#lastLength));
    bigger.set(old.subarray(0, this.at));
    this.bytes = bigger;
    if (!this.#lent) pooledBuffers.giveBack(old);
    this.#lent = false;
  }

  /** Writes bytes that nobody will change: if they are the first they are taken as they are, and copied once more follow. */
  append(bytes: Uint8Array): void {
    if (this.bytes === nothing) {
      this.bytes = bytes;
      this.#lent = true;
    } else {
      this.reserve(bytes.length);
      this.bytes.set(bytes, this.at);
    }
    this.at += bytes.length;
  }

  /** What was written, as a view; valid until the next call of `reserve`, `recycle` or `handOver`. */
  written(): Uint8Array {
    return this.at === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.at);
  }

  /** Empties the writer; its buffer may be used again by anybody. */
  recycle(): void {
    if (!this.#lent) pooledBuffers.giveBack(this.bytes);
    this.#empty();
  }

  /**
   * Empties the writer; its buffer now belongs to whoever holds a view of it, until it is given back. Answers what is to be given back then: nothing
   * if the bytes were lent.
   */
  handOver(): Uint8Array {
    const { bytes } = this;
    const isLent = this.#lent;
    this.#empty();
    return isLent ? nothing : bytes;
  }

  #empty(): void {
    this.#lastLength = this.at;
    this.bytes = nothing;
    this.#lent = false;
    this.at = 0;
  }
}
