import { ParleyError } from "@parley/core";
import type { MethodDefinition, MethodOf } from "./definition.ts";
import { DefinitionReader } from "./definition-reader.ts";
import type { Schema, WaysOf } from "./schema.ts";
import type { Signature } from "./signature.ts";

declare const signature: unique symbol;

/** What both ends of a connection agree on; an immutable value, made by {@link contract}. */
export interface Contract<S extends Signature = Signature> {
  readonly name: string;
  /** The methods as they were defined, JSON Schemas among their schemas checked and copied. */
  readonly methods: ReadonlyMap<string, MethodDefinition>;
  readonly events: ReadonlyMap<string, Schema>;
  readonly notifications: ReadonlyMap<string, Schema>;
  /** Only for TypeScript. */
  readonly [signature]?: S;
}

/** The signature of a contract: `SignatureOf<typeof calculator>`. */
export type SignatureOf<C> = C extends Contract<infer S> ? S : never;

/**
 * Defines what both ends of a connection agree on: `methods`, `events` (server to client) and `notifications` (client to
 * server, unanswered), each by its name, in which dots may make groups: `math.add`.
 *
 * Schemas are checked here and compiled when they are first needed. JSON Schema is that of draft 7, strictly: a keyword or
 * format that is unknown is refused, and so is what can take exponential time, or `uniqueItems` of many objects. A `pattern`
 * in which several loops can share out the same text takes polynomial time: give it a `maxLength`, which is looked at first.
 * Parameters and payloads are objects or arrays, as JSON-RPC has them.
 * @throws ParleyError `bad-option` that names the method and the place in the schema.
 */
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
  const reader = new DefinitionReader(name, (message) => {
    throw new ParleyError("bad-option", message);
  });
  return Object.freeze({ name, ...reader.read(definition) });
}
