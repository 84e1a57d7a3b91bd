import type { ErrorDefinition, MethodDefinition, MethodOf } from "./definition.ts";
import type { Schema, WaysOf } from "./schema.ts";
import type { Signature } from "./signature.ts";

declare const signature: unique symbol;

/** What both ends of a connection agree on; an immutable value, made by `contract`. */
export interface Contract<S extends Signature = Signature> {
  readonly name: string;
  readonly methods: ReadonlyMap<string, MethodDefinition>;
  readonly events: ReadonlyMap<string, Schema>;
  readonly notifications: ReadonlyMap<string, Schema>;
  /** Only for TypeScript. */
  readonly [signature]?: S;
}

/** The signature of a contract: `SignatureOf<typeof calculator>`. */
export type SignatureOf<C> = C extends Contract<infer S> ? S : never;

export function contract<
  const M extends Readonly<Record<string, MethodDefinition>> = Record<never, never>,
  const E extends Readonly<Record<string, Schema>> = Record<never, never>,
  const N extends Readonly<Record<string, Schema>> = Record<never, never>,
>(
  name: string,
  definition: { readonly methods?: M; readonly events?: E; readonly notifications?: N },
): Contract<{
  readonly methods: { readonly [K in keyof M]: MethodOf<M[K]> };
  readonly events: { readonly [K in keyof E]: WaysOf<E[K]> };
  readonly notifications: { readonly [K in keyof N]: WaysOf<N[K]> };
}> {
  void definition;
  return { name, methods: new Map(), events: new Map(), notifications: new Map() };
}
