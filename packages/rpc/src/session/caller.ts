import { ParleyError } from "@parley/core";
import { compiled } from "../contract/compiled.ts";
import type { CompiledContract, CompiledMethod } from "../contract/compiled-contract.ts";
import type { Contract } from "../contract/contract.ts";
import type { CallName, NotificationName, Signature, StreamName } from "../contract/signature.ts";
import type { CallRequest } from "./call-request.ts";
import type { OutputStream } from "./output-stream.ts";
import type { RpcSession } from "./session.ts";

/** How one call is to be made. */
export interface CallOptions {
  /** Default 10,000 ms for a call, none for a stream; Infinity for none. */
  readonly timeoutMs?: number | undefined;
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
  /** Sent along for tracing (W3C Trace Context). */
  readonly traceparent?: string | undefined;
  /** The input stream, if the method has one. */
  readonly input?: AsyncIterable<unknown> | Iterable<unknown> | undefined;
}

/** How long a call may take that says nothing of it. */
export const defaultCallTimeoutMs = 10_000;

/** What calls the other side of `session`, as far as `contract` says what it serves. */
export function caller<S extends Signature>(contract: Contract<S>, session: RpcSession): Caller<S> {
  return new Caller(contract, session);
}

/** See {@link caller}. */
export class Caller<S extends Signature> {
  readonly #contract: CompiledContract;
  readonly #session: RpcSession;

  constructor(contract: Contract<S>, session: RpcSession) {
    this.#contract = compiled(contract);
    this.#session = session;
  }

  /** @throws as a rejection: what `RpcSession.call` does. */
  call<M extends CallName<S>>(
    method: M,
    params: S["methods"][M]["params"]["given"],
    options: CallOptions = {},
  ): Promise<S["methods"][M]["result"]["taken"]> {
    return this.#session.call(this.#request(method, params, options, defaultCallTimeoutMs));
  }

  /** @throws MismatchError; the iteration what `RpcSession.call` rejects with. */
  stream<M extends StreamName<S>>(
    method: M,
    params: S["methods"][M]["params"]["given"],
    options: CallOptions = {},
  ): OutputStream<
    S["methods"][M]["output"] extends { readonly taken: infer Item } ? Item : never,
    S["methods"][M]["result"]["taken"]
  > {
    return this.#session.stream(this.#request(method, params, options, Number.POSITIVE_INFINITY)) as never;
  }

  /** @throws MismatchError; ClosedError. False: pause. */
  notify<N extends NotificationName<S>>(name: N, params: S["notifications"][N]["given"]): boolean {
    const check = this.#contract.notifications.get(name);
    if (check === undefined) throw unknownName("notification", name, this.#contract.name);
    return this.#session.notify(name, check, params);
  }

  #request(name: string, params: unknown, options: CallOptions, timeoutMs: number): CallRequest {
    const method: CompiledMethod | undefined = this.#contract.methods.get(name);
    if (method === undefined) throw unknownName("method", name, this.#contract.name);
    return { method, params, ...options, timeoutMs: options.timeoutMs ?? timeoutMs };
  }
}

function unknownName(kind: string, name: string, contract: string): ParleyError {
  return new ParleyError("bad-option", `The contract ${contract} has no ${kind} ${name}.`);
}
