import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds on to once garbage is collected, in bytes. */
export interface MemoryHeld {
  readonly heap: number;
  /** In buffers beside the heap. */
  readonly buffers: number;
}

let collect: (() => void) | null = null;

/** Collects garbage, for which the process need not have been started with `--expose-gc`, and tells what is left. */
export async function memoryHeld(): Promise<MemoryHeld> {
  if (collect === null) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  // What is about to be let go of needs a turn, and what the first run has found is given back by the second.
  for (let round = 0; round < 2; round++) {
    await setImmediate();
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers };
}
