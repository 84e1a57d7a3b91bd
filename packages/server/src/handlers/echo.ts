import type { Handler } from "@parley/core";

/** A handler that sends every message back (RFC 862). */
export function echo<T>(): Handler<T, T> {
  return {
    message(message, connection) {
      connection.send(message);
    },
  };
}
