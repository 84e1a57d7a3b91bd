import { rpcCodes } from "../codes.ts";
import type { IncomingCall, StopReason } from "./incoming-call.ts";
import { type ErrorObject, type Outcome, Result, type WireObject } from "./wire.ts";

/** What has to be known of a request to answer it. */
export type Answerable = Pick<IncomingCall, "id" | "batch" | "legacy">;

/** The answer to a request: in kind, if it came as JSON-RPC 1.0. */
export function answerOf({ id, legacy }: Pick<Answerable, "id" | "legacy">, outcome: Outcome): WireObject {
  if (!legacy)
    return "error" in outcome ? { jsonrpc: "2.0", id, error: outcome.error } : new Result(id, outcome.result);
  return "error" in outcome ? { id, result: null, error: outcome.error } : { id, ...outcome, error: null };
}

/** The request was stopped in time. */
export const cancelled: ErrorObject = {
  code: rpcCodes.cancelled,
  message: "The request was cancelled.",
};

/** The request has taken longer than its caller would wait, or had no time left when it came. */
export const deadlineExceeded: ErrorObject = {
  code: rpcCodes.deadlineExceeded,
  message: "The caller's deadline has passed.",
};

/** What a call has come to that was stopped. */
export const stopErrors: Readonly<Record<StopReason, ErrorObject>> = {
  cancelled,
  deadline: deadlineExceeded,
  closed: cancelled,
};

/** @param why what is wrong with what came, for people. */
export function invalidRequest(why: string): ErrorObject {
  return { code: rpcCodes.invalidRequest, message: `This is not a valid request: ${why}.` };
}

/** A name or an id of the other side, as it may stand in a message to it: quoted, and not at length. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 97)}…`;
}
