import { closeSync, writeSync } from "node:fs";
import { handedOver } from "@parley/transport";

/** Names the descriptor at which a predecessor waits to hear that its successor listens. */
export const readyVariable = "PARLEY_READY_FD";

/** Tells a predecessor, if there is one, as soon as all that it has handed over is listened at. */
export function tellReady(): void {
  const descriptor = process.env[readyVariable];
  if (descriptor === undefined || !handedOver.isEmpty) return;
  delete process.env[readyVariable];
  try {
    writeSync(Number(descriptor), "\n");
    closeSync(Number(descriptor));
  } catch {
    // It has given up waiting.
  }
}
