import { ParleyError } from "@parley/core";

/** Code `aborted`: given up by this side. */
export function abortedError(message: string, cause?: unknown): ParleyError {
  return new ParleyError("aborted", message, cause === undefined ? {} : { cause });
}
