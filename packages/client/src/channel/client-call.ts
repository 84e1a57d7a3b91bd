import type { CallRequest, CompiledMethod, Recovery } from "@parley/rpc";
import type { ClientCallOptions } from "./call-arguments.ts";
import type { Calls } from "./calls.ts";
import type { Link } from "./link.ts";

/** Something that is asked of the server, perhaps more than once: the request, and how far it has come. */
export class ClientCall implements CallRequest, Recovery {
  readonly method: CompiledMethod;
  readonly params: unknown;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly traceparent: string | undefined;
  readonly input: AsyncIterable<unknown> | Iterable<unknown> | undefined;
  readonly key: string | undefined;
  /** How often it was sent and failed. */
  attempts = 0;
  /** What it was sent on last. */
  link: Link | null = null;
  readonly #calls: Calls;

  constructor(
    calls: Calls,
    method: CompiledMethod,
    params: unknown,
    timeoutMs: number,
    options: ClientCallOptions,
    key: string | undefined,
  ) {
    this.#calls = calls;
    this.method = method;
    this.params = params;
    this.timeoutMs = timeoutMs;
    this.signal = options.signal;
    this.traceparent = options.traceparent;
    this.input = options.input;
    this.key = key;
  }

  /** Whether it does no harm if it is carried out twice, or a key sees to it that it is not. */
  get repeatable(): boolean {
    // Input that was sent is gone.
    return (this.method.idempotent || this.key !== undefined) && this.input === undefined;
  }

  /** The same with less time. */
  within(timeoutMs: number): CallRequest {
    const { method, params, signal, traceparent, input, key } = this;
    return { method, params, timeoutMs, signal, traceparent, input, key };
  }

  recover(error: unknown, deadline: number): Promise<unknown> {
    return this.#calls.recover(this, error, deadline);
  }
}
