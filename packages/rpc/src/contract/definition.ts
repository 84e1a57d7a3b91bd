import type { Schema, WaysOf } from "./schema.ts";
import type { Value } from "./signature.ts";

/** An error that a method may answer with. */
export interface ErrorDefinition {
  /** The number on the wire: an integer outside -32768…-32000, which are JSON-RPC's own. */
  readonly code: number;
  /** For people. Default: the error's name. */
  readonly message?: string;
  /** What is sent along. Default: nothing. */
  readonly data?: Schema;
}

/** A method, as a contract defines it. */
export interface MethodDefinition {
  /** An object (parameters by name) or an array (by position). Default: no parameters. */
  readonly params?: Schema;
  /** Default: nothing; callers get `undefined`, and the wire carries null. */
  readonly result?: Schema;
  /** One item of the stream that the caller sends. Default: no such stream. */
  readonly input?: Schema;
  /** One item of the stream that the caller gets. Default: no such stream. */
  readonly output?: Schema;
  /** By name. Default: none. */
  readonly errors?: Readonly<Record<string, ErrorDefinition>>;
  /** Whether running it twice does no more than running it once, so that a lost call may be sent again. Default: no. */
  readonly idempotent?: boolean;
  /** For people. */
  readonly description?: string;
}

/**
 * What TypeScript knows of a method defined as `D`. A conditional type, so that declarations show what it comes to
 * and not how.
 */
export type MethodOf<D> = D extends object
  ? {
      readonly params: D extends { readonly params: infer X } ? WaysOf<X> : Value<undefined>;
      readonly result: D extends { readonly result: infer X } ? WaysOf<X> : Value<void>;
      readonly input: D extends { readonly input: infer X } ? WaysOf<X> : null;
      readonly output: D extends { readonly output: infer X } ? WaysOf<X> : null;
      readonly errors: D extends { readonly errors: infer Errors }
        ? { readonly [E in keyof Errors]: DataOf<Errors[E]> }
        : Record<never, never>;
    }
  : never;

type DataOf<E> = E extends { readonly data: infer X } ? WaysOf<X>["given"] : undefined;
