import type { CallRequest, RpcSession } from "@parley/rpc";
import type { Call } from "./calls.ts";

/** A call of a method of the contract. */
export class MethodCall implements Call {
  readonly #request: CallRequest;

  constructor(request: CallRequest) {
    this.#request = request;
  }

  get name(): string {
    return this.#request.method.name;
  }

  get timeoutMs(): number {
    return this.#request.timeoutMs;
  }

  get signal(): AbortSignal | undefined {
    return this.#request.signal;
  }

  get repeatable(): boolean {
    const { method, key, input } = this.#request;
    // Input that was sent is gone.
    return (method.idempotent || key !== undefined) && input === undefined;
  }

  begin(session: RpcSession, timeoutMs: number): Promise<unknown> {
    const request = this.#request;
    return session.call(timeoutMs === request.timeoutMs ? request : { ...request, timeoutMs });
  }
}

/** A question for the OpenRPC document. */
export class DiscoverCall implements Call {
  readonly name = "rpc.discover";
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly repeatable = true;

  constructor(timeoutMs: number, signal: AbortSignal | undefined) {
    this.timeoutMs = timeoutMs;
    this.signal = signal;
  }

  begin(session: RpcSession, timeoutMs: number): Promise<unknown> {
    return session.discover(timeoutMs);
  }
}
