import { allocate } from "../runtime.ts";

const smallestBytes = 256;

/** A frame of unknown length that straddles chunks: grows by doubling, up to what the codec lets it take. */
export class GrowingFrame {
  bytes: Uint8Array;
  length: number;

  /** Begins with the bytes from `start` up to `end`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = allocate(Math.max(smallestBytes, (end - start) * 2));
    this.bytes.set(bytes.subarray(start, end));
    this.length = end - start;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.bytes.length) {
      const bigger = allocate(needed * 2);
      bigger.set(this.bytes.subarray(0, this.length));
      this.bytes = bigger;
    }
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length = needed;
  }
}
