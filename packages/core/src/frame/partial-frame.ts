import { allocate } from "../runtime.ts";

// What a declared length may reserve before any of the frame has come, and how many times what has come after that: so
// a length costs its sender an eighth of what it makes us allocate, and a frame is copied 1.15 times at the worst.
const reservedUnseen = 64 * 1024;
const reservedPerByte = 8;

/** A frame of known length that straddles chunks, assembled in one buffer. */
export class PartialFrame {
  readonly length: number;
  #bytes: Uint8Array;
  #received = 0;

  constructor(length: number) {
    this.length = length;
    this.#bytes = allocate(Math.min(length, reservedUnseen));
  }

  get received(): number {
    return this.#received;
  }

  get complete(): boolean {
    return this.#received === this.length;
  }

  /** The frame, once it is complete. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Takes what belongs to the frame from `bytes`; returns the offset behind it. */
  fill(bytes: Uint8Array, start: number, end: number): number {
    const taken = Math.min(this.length - this.#received, end - start);
    const received = this.#received + taken;
    if (received > this.#bytes.length) this.#grow(received);
    this.#bytes.set(bytes.subarray(start, start + taken), this.#received);
    this.#received = received;
    return start + taken;
  }

  #grow(needed: number): void {
    const bigger = allocate(Math.min(this.length, needed * reservedPerByte));
    bigger.set(this.#bytes.subarray(0, this.#received));
    this.#bytes = bigger;
  }
}
