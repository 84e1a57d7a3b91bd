import type { Static } from "typebox";

/**
 * The type of the values that a JSON Schema, written as a literal, lets pass: what TypeBox built is read as TypeBox
 * reads it, `{ bytes: true }` is a `Uint8Array` and `{ bigint: true }` a `bigint`. What is beyond this reading
 * (`not`, `if`, a `$ref` within itself) is `unknown` or wider than it could be, never narrower.
 */
export type JsonSchemaType<X> = Read<X, X, never>;

/** `Root` is what `$ref` begins at, `Seen` the references on the way here. */
type Read<X, Root, Seen> = X extends { readonly "~unsafe": infer T }
  ? T
  : X extends { readonly "~kind": string }
    ? Static<X>
    : X extends { readonly bytes: true }
      ? Uint8Array
      : X extends { readonly bigint: true }
        ? bigint
        : X extends { readonly const: infer Constant }
          ? Mutable<Constant>
          : X extends { readonly enum: readonly (infer Option)[] }
            ? Mutable<Option>
            : X extends { readonly $ref: infer Ref extends string }
              ? Referred<Ref, Root, Seen>
              : Combined<X, Typed<X, Root, Seen>, Root, Seen>;

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

type Combined<X, Base, Root, Seen> = X extends { readonly anyOf: readonly (infer Branch)[] }
  ? Both<Base, Each<Branch, Root, Seen>>
  : X extends { readonly oneOf: readonly (infer Branch)[] }
    ? Both<Base, Each<Branch, Root, Seen>>
    : X extends { readonly allOf: infer Parts extends readonly unknown[] }
      ? Both<Base, All<Parts, Root, Seen>>
      : Base;

type Both<A, B> = unknown extends A ? B : unknown extends B ? A : A & B;
/** Distributes over a union of schemas. */
type Each<X, Root, Seen> = X extends unknown ? Read<X, Root, Seen> : never;
type All<Parts extends readonly unknown[], Root, Seen> = Parts extends readonly [infer First, ...infer Rest]
  ? Both<Read<First, Root, Seen>, All<Rest, Root, Seen>>
  : unknown;

type Typed<X, Root, Seen> = X extends { readonly type: infer Name }
  ? Named<Name extends readonly (infer One)[] ? One : Name, X, Root, Seen>
  : X extends { readonly properties: object }
    ? ObjectOf<X, Root, Seen>
    : unknown;

/** Distributes over a union of type names. */
type Named<Name, X, Root, Seen> = Name extends "number" | "integer"
  ? number
  : Name extends "string"
    ? string
    : Name extends "boolean"
      ? boolean
      : Name extends "null"
        ? null
        : Name extends "array"
          ? ArrayOf<X, Root, Seen>
          : Name extends "object"
            ? ObjectOf<X, Root, Seen>
            : unknown;

type ArrayOf<X, Root, Seen> = X extends { readonly items: infer Items }
  ? Items extends readonly unknown[]
    ? TupleOf<X, { -readonly [I in keyof Items]: Read<Items[I], Root, Seen> }>
    : Read<Items, Root, Seen>[]
  : unknown[];

/** Without `minItems` and `additionalItems: false` a tuple may be shorter, or longer. */
type TupleOf<X, Items extends unknown[]> = X extends { readonly additionalItems: false }
  ? X extends { readonly minItems: Items["length"] }
    ? Items
    : Partial<Items>
  : unknown[];

type ObjectOf<X, Root, Seen> = X extends { readonly properties: infer Properties }
  ? Flat<
      {
        -readonly [K in keyof Properties & Required<X>]: Read<Properties[K], Root, Seen>;
      } & {
        -readonly [K in Exclude<keyof Properties, Required<X>>]?: Read<Properties[K], Root, Seen>;
      }
    >
  : X extends { readonly additionalProperties: infer Rest extends object }
    ? Record<string, Read<Rest, Root, Seen>>
    : Record<string, unknown>;

type Required<X> = X extends { readonly required: readonly (infer Name)[] } ? Name : never;
type Flat<T> = { [K in keyof T]: T[K] } & {};

type Referred<Ref extends string, Root, Seen> = Ref extends Seen
  ? unknown
  : Ref extends "#"
    ? Read<Root, Root, Seen | Ref>
    : Ref extends `#/${infer Path}`
      ? Read<At<Root, Path>, Root, Seen | Ref>
      : unknown;

type At<Node, Path extends string> = Path extends `${infer Step}/${infer Rest}`
  ? Step extends keyof Node
    ? At<Node[Step], Rest>
    : unknown
  : Path extends keyof Node
    ? Node[Path]
    : unknown;
