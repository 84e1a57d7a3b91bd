import type { MethodSignature, Signature, Ways } from "../contract/signature.ts";
import type { Id } from "../engine/wire.ts";
import type { RpcError } from "../rpc-error.ts";

/** What an implementation knows of the call it serves. */
export interface CallContext<M extends MethodSignature = MethodSignature, C = unknown> {
  readonly method: string;
  /** A symbol if the caller wants no answer. */
  readonly id: Id | symbol;
  /** The connection that the call came by. */
  readonly connection: C;
  /** Aborts when the caller cancels, its deadline passes, or its connection is lost (unless the call has a key). */
  readonly signal: AbortSignal;
  /** What remains of the caller's deadline; Infinity without one. */
  readonly remainingMs: number;
  readonly key: string | undefined;
  readonly traceparent: string | undefined;
  /** The caller's input stream; to be iterated once. */
  readonly input: M["input"] extends { readonly taken: infer Item } ? AsyncIterable<Item> : undefined;
  /** An error that the contract declares for this method, to be thrown. @throws ParleyError `mismatch` if `data` is not as declared. */
  fail<E extends keyof M["errors"] & string>(
    error: E,
    ...data: undefined extends M["errors"][E] ? [data?: M["errors"][E]] : [data: M["errors"][E]]
  ): RpcError;
}

type Answer<T> = T | PromiseLike<T>;

/** A method without an output stream is a function of parameters and context, one with it an (async) generator of them. */
export type MethodImplementation<M extends MethodSignature, C> = (
  params: M["params"]["taken"],
  context: CallContext<M, C>,
) => M["output"] extends { readonly given: infer Item }
  ?
      | AsyncGenerator<Item, M["result"]["given"] | void, void>
      | Generator<Item, M["result"]["given"] | void, void>
      | AsyncIterable<Item>
      | Iterable<Item>
  : Answer<M["result"]["given"]>;

/** A notification is a function that answers nothing. */
export type NotificationImplementation<N extends Ways, C> = (
  params: N["taken"],
  context: { readonly connection: C },
) => Answer<void>;

/**
 * The functions behind a contract: one for each method, and one for each notification. One mapped type, since of two the contextual
 * types of a function's parameters would be mixed while `S` is being inferred.
 */
export type Implementation<S extends Signature, C = unknown> = {
  readonly [K in keyof S["methods"] | keyof S["notifications"]]: K extends keyof S["methods"]
    ? MethodImplementation<S["methods"][K], C>
    : NotificationImplementation<S["notifications"][K & keyof S["notifications"]], C>;
};
