import { allocate } from "../runtime.ts";

// What a declared length may reserve with the first byte of the frame, and how many times what has come after that: so a
// length alone costs nothing, its sender pays an eighth of what it makes us allocate, and a frame is copied once if it is no
// longer than 32 KiB or an eighth of it comes first, else 2.15 times at the worst.
const reservedAtOnce = 32 * 1024;
const reservedPerByte = 8;

const nothing = new Uint8Array(0);

/** A frame of known length that straddles chunks, assembled in one buffer. */
export class PartialFrame {
  readonly length: number;
  #bytes: Uint8Array = nothing;
  #received = 0;

  constructor(length: number) {
    this.length = length;
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
    const bigger = allocate(Math.min(this.length, Math.max(reservedAtOnce, needed * reservedPerByte)));
    if (this.#received > 0) bigger.set(this.#bytes.subarray(0, this.#received));
    this.#bytes = bigger;
  }
}
