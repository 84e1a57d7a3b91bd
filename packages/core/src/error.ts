/** Every error code Parley raises, with what it means. The list in docs/errors.md is held against this one by a test. */
export const errorCodes = {
  "bad-option": "an option has a value outside its range, or options contradict each other",
  "bad-address": "an address is not of a form that Parley knows",
  "address-in-use": "another program listens at the address",
  "listen-failed": "the system refused to listen at the address",
  "worker-failed": "a worker of a cluster ended before it listened",
  "hand-over-failed": "the successor of a server does not listen",
  "connect-failed": "no connection could be made",
  "connect-timeout": "no connection was made in time",
  "handshake-failed": "the two sides did not agree on a TLS connection, or one did not trust the other",
  "frame-too-long": "a frame is longer than maxFrameBytes allows",
  malformed: "bytes that are not what the codec speaks",
  unencodable: "the codec cannot express this message",
  "wrong-codec": "the bytes were encoded for another codec",
  closed: "the connection is closed, or was closed meanwhile",
  "mid-frame": "the codec was to change while a frame was half read",
  "in-use": "somebody else already consumes this connection's messages",
  timeout: "no reply came in time",
  aborted: "the caller's AbortSignal ended the wait",
  unanswered: "too many requests were given up while their replies were still to come",
  "call-failed": "the other side answered a call with an error",
  unavailable: "the other side takes no calls at the moment, and did not start this one",
  "connection-lost": "the connection was lost before a call was answered",
  mismatch: "a value does not match the contract",
} as const;

/** The closed union of codes; see {@link errorCodes} for their meanings. */
export type ErrorCode = keyof typeof errorCodes;

/** Whose doing an error was: `local` is this program, `remote` the other side of the connection. */
export type Blame = "local" | "remote";

/** What an error is made of beside its message. */
export interface ErrorDetails {
  readonly blame?: Blame;
  readonly cause?: unknown;
}

/** The base class of every error that Parley throws or rejects with. */
export class ParleyError extends Error {
  readonly code: ErrorCode;
  /** Whose doing it was. Default `local`. */
  readonly blame: Blame;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    this.blame = details.blame ?? "local";
  }
}
