import { allocate } from "./runtime.ts";

const smallestBytes = 1024;
const largestBytes = 4 * 1024 * 1024;
const keptBytesPerSize = 2 * 1024 * 1024;

/**
 * Buffers that output writers borrow for the length of a turn, so that an idle connection owns none and a busy one
 * writes into memory that is warm. They come in powers of two from 1 KiB to 4 MiB; at most 2 MiB of each are kept, or one.
 */
class BufferPool {
  readonly #kept: Uint8Array[][] = Array.from({ length: sizeClass(largestBytes) + 1 }, () => []);

  /** A buffer of at least `needed` bytes with arbitrary content. */
  take(needed: number): Uint8Array {
    if (needed > largestBytes) return allocate(needed);
    const index = sizeClass(needed);
    return (this.#kept[index] as Uint8Array[]).pop() ?? allocate(smallestBytes << index);
  }

  giveBack(buffer: Uint8Array): void {
    const { length } = buffer;
    if (length === 0 || length > largestBytes) return;
    const kept = this.#kept[sizeClass(length)] as Uint8Array[];
    if (kept.length * length < keptBytesPerSize) kept.push(buffer);
  }
}

/** 0 for the smallest size, one more for each doubling that holds `bytes`. */
function sizeClass(bytes: number): number {
  return bytes <= smallestBytes ? 0 : 32 - Math.clz32((bytes - 1) >>> 10);
}

export const pooledBuffers: BufferPool = new BufferPool();
