import { ParleyError } from "@parley/core";

/** Code `aborted`: what a call rejects with that its signal has ended. */
export function abortedError(signal: AbortSignal): ParleyError {
  return new ParleyError("aborted", "The call was given up by its AbortSignal.", { cause: signal.reason });
}
