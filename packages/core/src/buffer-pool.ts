import { allocate } from "./runtime.ts";

const smallestBytes = 16 * 1024;
const sizeClasses = 4; // 16, 32, 64 and 128 KiB
const keptPerClass = 32;

/**
 * Buffers that output writers borrow for the length of a turn, so that an idle connection owns none and a busy one
 * writes into memory that is warm. Keeps at most 32 of each size, 7.5 MiB in all; what is larger is not kept.
 */
class BufferPool {
  readonly #free: Uint8Array[][] = Array.from({ length: sizeClasses }, () => []);

  /** A buffer of at least `needed` bytes with arbitrary content. */
  take(needed: number): Uint8Array {
    let size = smallestBytes;
    for (const kept of this.#free) {
      if (needed <= size) return kept.pop() ?? allocate(size);
      size *= 2;
    }
    return allocate(needed);
  }

  giveBack(buffer: Uint8Array): void {
    let size = smallestBytes;
    for (const kept of this.#free) {
      if (buffer.length === size) {
        if (kept.length < keptPerClass) kept.push(buffer);
        return;
      }
      size *= 2;
    }
  }
}

export const pooledBuffers: BufferPool = new BufferPool();
