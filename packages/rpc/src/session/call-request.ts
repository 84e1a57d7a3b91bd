import type { CompiledMethod } from "../contract/compiled-contract.ts";

/** A call to be made. */
export interface CallRequest {
  readonly method: CompiledMethod;
  readonly params: unknown;
  /** Infinity for no deadline. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly key?: string | undefined;
  readonly traceparent?: string | undefined;
  /** The input stream's items, if the method has one. Default: none. */
  readonly input?: AsyncIterable<unknown> | Iterable<unknown> | undefined;
}

/** Who may have something better to do about a call's failure than to reject. */
export interface Recovery {
  /** The call comes to what is returned. @param deadline the call's, on the session's clock. */
  recover(error: unknown, deadline: number): Promise<unknown>;
}
