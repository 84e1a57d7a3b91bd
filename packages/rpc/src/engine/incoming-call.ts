import type { Batch } from "./batch.ts";
import type { Id } from "./wire.ts";

/**
 * Where a request of the other side stands: its implementation is being called; it is being worked on; its caller
 * has cancelled it; it has its answer and the work is not through yet; the work is through.
 */
export type IncomingState = "starting" | "running" | "cancelled" | "answered" | "done";

/** Why a call is to stop. */
export type StopReason = "cancelled" | "deadline" | "closed";

/** What a request came with. */
export interface IncomingParts {
  /** A symbol if it is not to be answered. */
  readonly id: Id | symbol;
  readonly method: string;
  readonly params: unknown;
  /** What was left of its deadline when it came; Infinity for none. */
  readonly timeoutMs: number;
  readonly key: string | undefined;
  readonly traceparent: string | undefined;
  /** How many items of output its caller is ready for; null for all of them in one answer. */
  readonly credit: number | null;
  /** The batch it came in. */
  readonly batch: Batch | null;
  /** Whether it came as JSON-RPC 1.0. */
  readonly legacy: boolean;
}

/** A request of the other side, from when it comes until the work on it is through. */
export abstract class IncomingCall {
  readonly id: Id | symbol;
  readonly method: string;
  params: unknown;
  readonly timeoutMs: number;
  readonly key: string | undefined;
  readonly traceparent: string | undefined;
  readonly batch: Batch | null;
  readonly legacy: boolean;
  credit: number | null;
  /** How many items of input the other side may still send. */
  inputLeft = 0;
  /** Bytes of messages that are kept for it. */
  keptBytes = 0;
  state: IncomingState = "starting";
  /** On the engine's clock; null while nobody has asked `IncomingCalls.deadlineOf`. */
  deadline: number | null = null;

  constructor(parts: IncomingParts) {
    this.id = parts.id;
    this.method = parts.method;
    this.params = parts.params;
    this.timeoutMs = parts.timeoutMs;
    this.key = parts.key;
    this.traceparent = parts.traceparent;
    this.credit = parts.credit;
    this.batch = parts.batch;
    this.legacy = parts.legacy;
  }

  /** Begins the work, which ends with `IncomingCalls.finish`, at once or later. */
  abstract start(): void;
  /** The work is in vain. */
  abstract stop(reason: StopReason): void;
  /** More items of output may be sent. */
  creditGiven(): void {}
  /** An item of input has come, within the credit. */
  inputCame(_item: unknown): void {}
  /** All input has come. */
  inputEnded(): void {}
  /** The other side says nothing any more: neither input nor credit will come. */
  remoteEnded(): void {}
}
