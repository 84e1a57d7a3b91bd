import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What the process holds on to, in bytes: on the heap, and in buffers beside it; garbage is collected first. */
export async function memoryHeld(): Promise<{ readonly heap: number; readonly buffers: number }> {
  // What is about to be let go of needs a turn, and what the first run has found is given back by the second.
  for (let round = 0; round < 2; round++) {
    await setImmediate();
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers };
}
