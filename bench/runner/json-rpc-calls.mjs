import { letters } from "./letters.mjs";

/** More than are in flight anywhere, so that no two of these have the same id. */
const count = 1024;

/** A cycle of JSON-RPC requests, each `{ request, result }`: `echo` of a text of `payloadBytes`, or without that `add`. */
export function jsonRpcCalls(payloadBytes) {
  const text = letters(payloadBytes ?? 0).toString();
  return Array.from({ length: count }, (_, i) => {
    const head = { jsonrpc: "2.0", id: i + 1 };
    return payloadBytes === undefined
      ? { request: { ...head, method: "add", params: { a: i, b: 1 } }, result: i + 1 }
      : { request: { ...head, method: "echo", params: [text] }, result: text };
  });
}
