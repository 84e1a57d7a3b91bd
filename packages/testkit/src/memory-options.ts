import { checkInteger, withDefaults } from "@parley/core";

/** How the streams of a memory network behave. */
export interface MemoryOptions {
  /** Bytes that each direction takes beyond what was read, as a kernel's buffers do. Default 64 KiB; at least 1. */
  readonly capacityBytes?: number | undefined;
  /** The longest chunk that is delivered at once; 1 delivers byte by byte. Default 64 KiB; at least 1. */
  readonly chunkBytes?: number | undefined;
}

/** The options, complete. */
export interface MemoryLimits {
  readonly capacityBytes: number;
  readonly chunkBytes: number;
}

const defaults: MemoryLimits = Object.freeze({ capacityBytes: 64 * 1024, chunkBytes: 64 * 1024 });

/** Checks options and completes them. @throws ParleyError `bad-option`. */
export function memoryLimits(options: MemoryOptions): MemoryLimits {
  const limits = withDefaults<MemoryLimits>(defaults, options);
  checkInteger("capacityBytes", limits.capacityBytes, 1);
  checkInteger("chunkBytes", limits.chunkBytes, 1);
  return limits;
}
