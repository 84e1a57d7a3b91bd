import type { CallName, MethodName, MethodSignature, Signature, StreamName } from "@parley/rpc";

/** How one call is to be made. */
export interface ClientCallOptions {
  /** How long it may take, waits and further attempts included. Default the client's, for a stream none; Infinity for ever. */
  readonly timeoutMs?: number | undefined;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Has the server, if it remembers keys, carry the call out once however often it is sent, so that it may be sent again. True for a key of
   * its own; a text to be the same call as an earlier one. Default none.
   */
  readonly key?: string | boolean | undefined;
  /** Sent along for tracing (W3C Trace Context). */
  readonly traceparent?: string | undefined;
  /** The items of the method's input stream. They are asked for once; from then on the call is not sent again. */
  readonly input?: AsyncIterable<unknown> | Iterable<unknown> | undefined;
}

/** The methods that answer once; of a contract that TypeScript does not know, any. */
export type CallableName<S extends Signature> = string extends MethodName<S> ? MethodName<S> : CallName<S>;
/** The methods that answer with a stream; of a contract that TypeScript does not know, any. */
export type StreamableName<S extends Signature> =
  string extends MethodName<S> ? MethodName<S> : StreamName<S>;

type ParamsOf<M extends MethodSignature> = M["params"]["given"];
type WithInput<Options, Item> = Options & { readonly input: AsyncIterable<Item> | Iterable<Item> };

/**
 * What stands behind the name of a method: its parameters, which may be left out where it has none, and the options, whose `input` a method
 * with an input stream needs.
 */
export type CallArguments<M extends MethodSignature, Options> = M["input"] extends null
  ? undefined extends ParamsOf<M>
    ? [params?: ParamsOf<M>, options?: Options]
    : [params: ParamsOf<M>, options?: Options]
  : M["input"] extends { readonly given: infer Item }
    ? [params: ParamsOf<M>, options: WithInput<Options, Item>]
    : [params?: ParamsOf<M>, options?: Options];
