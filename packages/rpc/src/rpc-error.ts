import { type Blame, ParleyError } from "@parley/core";
import { rpcCodes, unavailableCodes } from "./codes.ts";

/**
 * Code `call-failed`: an error as the wire has it, and what a call that was answered with one rejects with. Made and thrown by an
 * implementation it is what the caller gets: code, message and data. Of anything else that is thrown, and of an answer that the
 * implementation itself got from elsewhere (`blame` is `remote`), the caller only gets an id to be found in the log.
 */
export class RpcError extends ParleyError {
  /** The number on the wire: one of `rpcCodes`, or one that the contract declares. */
  readonly rpcCode: number;
  /** What was sent along, if anything. */
  readonly data: unknown;

  constructor(rpcCode: number, message: string, data?: unknown, blame: Blame = "local") {
    super(unavailableCodes.has(rpcCode) ? "unavailable" : "call-failed", message, { blame });
    this.rpcCode = rpcCode;
    this.data = data;
  }
}

/** Code `unavailable`: the call was not started. Ask again, here or elsewhere, in `retryAfterMs`. */
export class UnavailableError extends RpcError {
  /** How long to wait before asking again; 0 if the other side did not say. */
  readonly retryAfterMs: number;

  constructor(rpcCode: number, message: string, retryAfterMs: number, blame: Blame = "local") {
    super(rpcCode, message, { retryAfterMs }, blame);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The longest that the other side can make us wait. */
const longestRetryMs = 0x7fff_ffff;

/** The error that an answer `{ code, message, data }` stands for; anything but that shape is forgiven. */
export function errorOfAnswer(answer: unknown): RpcError {
  const { code, message, data } = (typeof answer === "object" && answer !== null ? answer : {}) as {
    code?: unknown;
    message?: unknown;
    data?: unknown;
  };
  const rpcCode = typeof code === "number" && Number.isSafeInteger(code) ? code : rpcCodes.internalError;
  const text =
    typeof message === "string" ? message : typeof answer === "string" ? answer : "The call failed.";
  if (!unavailableCodes.has(rpcCode)) return new RpcError(rpcCode, text, data, "remote");
  const retryAfterMs = (data as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  const isTime = typeof retryAfterMs === "number" && retryAfterMs >= 0;
  return new UnavailableError(rpcCode, text, isTime ? Math.min(retryAfterMs, longestRetryMs) : 0, "remote");
}
