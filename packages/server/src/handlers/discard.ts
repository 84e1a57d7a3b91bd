import type { Handler } from "@parley/core";

/** A handler that reads all messages and answers none (RFC 863). */
export function discard<T = unknown>(): Handler<T, never> {
  return { message() {} };
}
