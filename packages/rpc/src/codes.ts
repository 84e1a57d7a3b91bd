/** The codes of error answers: JSON-RPC 2.0 (section 5.1), the Language Server Protocol's for a cancelled request, and Parley's own. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  cancelled: -32800,
  overloaded: -32001,
  draining: -32002,
  deadlineExceeded: -32003,
  unauthorized: -32004,
  rateLimited: -32005,
  streamLimit: -32006,
  keyUnknown: -32007,
} as const;

/** Those of {@link rpcCodes} that say: it was not started; ask again, here or elsewhere, after `data.retryAfterMs`. */
export const unavailableCodes: ReadonlySet<number> = new Set([
  rpcCodes.overloaded,
  rpcCodes.draining,
  rpcCodes.rateLimited,
]);
