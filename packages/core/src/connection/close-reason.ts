import { ParleyError } from "../error.ts";
import type { Fault } from "../frame-codec.ts";
import { FrameTooLongError } from "../frame-too-long.ts";
import type { ForeignProtocol } from "./foreign-protocol.ts";

/** Why a connection is closed, and whose doing it was. `looksLike`: its first bytes were of a protocol that is spoken elsewhere. */
export type CloseReason =
  /** `close()` or `end()` here, or the handler was through. */
  | { readonly by: "local"; readonly kind: "ended" }
  /** `destroy()` here. */
  | { readonly by: "local"; readonly kind: "destroyed" }
  /** The server was told to close, and this connection was idle or became so. */
  | { readonly by: "local"; readonly kind: "drained" }
  /** The server was told to close, and this connection was still busy when `graceMs` had passed. */
  | { readonly by: "local"; readonly kind: "grace-ended"; readonly graceMs: number }
  /** Admission had no place for it. */
  | { readonly by: "local"; readonly kind: "overload" }
  /** It waited in the backlog for longer than `waitTimeoutMs`. */
  | { readonly by: "local"; readonly kind: "wait-timeout"; readonly waitTimeoutMs: number }
  /** As many connections exist as `maxConnections` allows. */
  | { readonly by: "local"; readonly kind: "connection-limit"; readonly limit: number }
  /** As many connections exist from its address as `maxConnectionsPerAddress` allows. */
  | { readonly by: "local"; readonly kind: "address-limit"; readonly limit: number }
  /** Only so many descriptors are left to the process as are kept in reserve. */
  | { readonly by: "local"; readonly kind: "descriptor-limit"; readonly reserve: number }
  /** Not a byte came or went for `idleTimeoutMs`, and nothing was in flight. */
  | { readonly by: "local"; readonly kind: "idle"; readonly afterMs: number }
  /** A frame was begun and not completed within `frameTimeoutMs`. */
  | {
      readonly by: "local";
      readonly kind: "frame-timeout";
      readonly afterMs: number;
      readonly looksLike?: ForeignProtocol;
    }
  /** Not one message came within `firstMessageTimeoutMs`. */
  | { readonly by: "local"; readonly kind: "first-message-timeout"; readonly afterMs: number }
  /** Not a byte came for two heartbeats. */
  | { readonly by: "local"; readonly kind: "unresponsive"; readonly afterMs: number }
  /** The other side said too little within `afterMs` to tell which protocol it speaks. */
  | { readonly by: "local"; readonly kind: "undetected"; readonly afterMs: number }
  /** Its address is not among those that may connect. */
  | { readonly by: "local"; readonly kind: "forbidden" }
  /** The other side failed to authenticate `tries` times. */
  | { readonly by: "local"; readonly kind: "unauthorized"; readonly tries: number }
  /** The other side did not authenticate within `afterMs`. */
  | { readonly by: "local"; readonly kind: "auth-timeout"; readonly afterMs: number }
  /** The other side sent more than `perSecond` messages or bytes a second, and more at once than is allowed beyond that. */
  | {
      readonly by: "local";
      readonly kind: "rate-limited";
      readonly unit: "messages" | "bytes";
      readonly perSecond: number;
    }
  /** The handler was not through with a message after `afterMs`. */
  | { readonly by: "local"; readonly kind: "request-timeout"; readonly afterMs: number }
  /** The other side sent a frame longer than `limit` bytes. */
  | {
      readonly by: "local";
      readonly kind: "frame-too-long";
      readonly limit: number;
      readonly actual?: number;
      readonly looksLike?: ForeignProtocol;
    }
  /** The other side sent bytes that are not what the codec speaks. */
  | {
      readonly by: "local";
      readonly kind: "malformed";
      readonly why: string;
      readonly looksLike?: ForeignProtocol;
    }
  /** The other side does not read: `buffered` bytes are unsent, `limit` are allowed. */
  | {
      readonly by: "local";
      readonly kind: "slow-consumer";
      readonly limit: number;
      readonly buffered: number;
    }
  /** Something was to be sent, and the other side took nothing of it for `writeStallMs`. */
  | { readonly by: "local"; readonly kind: "write-stall"; readonly afterMs: number }
  /** The handler threw `error`, or its promise was rejected with it. */
  | { readonly by: "local"; readonly kind: "handler-error"; readonly error: unknown }
  /** The other side's FIN. */
  | { readonly by: "remote"; readonly kind: "ended" }
  /** The other side reset the connection, or the network lost it; `code` is the system's, `ECONNRESET`. */
  | { readonly by: "remote"; readonly kind: "reset"; readonly code: string };

/** One line for people: what happened, limits and actual values included. Nothing of it comes from the other side. */
export function describeCloseReason(reason: CloseReason): string {
  switch (reason.kind) {
    case "ended":
      return reason.by === "local" ? "closed by this side" : "closed by the other side";
    case "destroyed":
      return "destroyed by this side";
    case "drained":
      return "closed by a drain";
    case "grace-ended":
      return `cut by a drain: still busy after ${reason.graceMs} ms of grace`;
    case "overload":
      return "refused: no place to be served or to wait";
    case "wait-timeout":
      return `refused: waited for more than ${reason.waitTimeoutMs} ms`;
    case "connection-limit":
      return `refused: there are ${reason.limit} connections already`;
    case "address-limit":
      return `refused: there are ${reason.limit} connections from its address already`;
    case "descriptor-limit":
      return `refused: only the ${reason.reserve} descriptors kept in reserve are left`;
    case "idle":
      return `idle for ${reason.afterMs} ms`;
    case "frame-timeout":
      return `began a frame and did not complete it within ${reason.afterMs} ms${hintOf(reason)}`;
    case "first-message-timeout":
      return `sent no message within ${reason.afterMs} ms`;
    case "unresponsive":
      return `gave no sign of life for ${reason.afterMs} ms`;
    case "undetected":
      return `said too little within ${reason.afterMs} ms to tell which protocol it speaks`;
    case "forbidden":
      return "refused: connections from its address are not allowed";
    case "unauthorized":
      return `failed to authenticate ${reason.tries} ${reason.tries === 1 ? "time" : "times"}`;
    case "auth-timeout":
      return `did not authenticate within ${reason.afterMs} ms`;
    case "rate-limited":
      return `sent more than ${reason.perSecond} ${reason.unit} a second`;
    case "request-timeout":
      return `the handler was not through with a message after ${reason.afterMs} ms`;
    case "frame-too-long":
      return `a frame of ${reason.actual ?? `more than ${reason.limit}`} bytes exceeds the limit of ${reason.limit}${hintOf(reason)}`;
    case "malformed":
      return `malformed input: ${reason.looksLike ? reason.why.replace(/\.$/, "") : reason.why}${hintOf(reason)}`;
    case "slow-consumer":
      return `the other side does not read: ${reason.buffered} bytes are unsent, ${reason.limit} are allowed`;
    case "write-stall":
      return `the other side took nothing for ${reason.afterMs} ms`;
    case "handler-error":
      return "the handler failed";
    case "reset":
      return `the connection was lost (${reason.code})`;
  }
}

function hintOf({ looksLike }: { readonly looksLike?: ForeignProtocol }): string {
  return looksLike === undefined ? "" : `; this looks like ${looksLike}`;
}

/** The same reason, with what the connection began like, where its input is what was wrong. */
export function lookingLike(reason: CloseReason, looksLike: ForeignProtocol | null): CloseReason {
  if (looksLike === null) return reason;
  switch (reason.kind) {
    case "frame-timeout":
    case "frame-too-long":
    case "malformed":
      return { ...reason, looksLike };
    default:
      return reason;
  }
}

/** Why a connection is closed after a decoder's fault. */
export function reasonOfFault(fault: Fault): CloseReason {
  if (fault.kind === "malformed") return { by: "local", kind: "malformed", why: fault.why };
  const { limit, actual } = fault;
  return { by: "local", kind: "frame-too-long", limit, ...(actual === undefined ? {} : { actual }) };
}

/**
 * Why a connection is closed after a codec or a handler threw: for what the other side sent if the error says so, else
 * for the error itself.
 */
export function reasonOfError(error: unknown): CloseReason {
  if (error instanceof ParleyError && error.blame === "remote") {
    if (error.code === "malformed") return reasonOfFault({ kind: "malformed", why: error.message });
    if (error instanceof FrameTooLongError) {
      const { limit, actual } = error;
      return { by: "local", kind: "frame-too-long", limit, ...(actual === undefined ? {} : { actual }) };
    }
  }
  return { by: "local", kind: "handler-error", error };
}

/** Whether the conversation ended as it should: nothing was cut, lost or refused. */
export function isOrderly(reason: CloseReason): boolean {
  return reason.kind === "ended" || reason.kind === "drained";
}

/** Code `closed`: what was asked for needs a connection that is not there any more. */
export class ClosedError extends ParleyError {
  readonly reason: CloseReason;

  constructor(reason: CloseReason) {
    super("closed", `The connection is closed: ${describeCloseReason(reason).replace(/\.$/, "")}.`, {
      blame: reason.by,
      ...(reason.kind === "handler-error" ? { cause: reason.error } : {}),
    });
    this.reason = reason;
  }
}
