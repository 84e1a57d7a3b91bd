/** A JSON Schema for a bigint. `~unsafe` is no member of it, but what TypeBox reads the type of its values from. */
export interface BigIntegerSchema {
  readonly bigint: true;
  readonly "~unsafe": bigint;
}

/**
 * A JSON Schema for an integer of any size, a bigint in the program: a decimal string in JSON, an integer in
 * MessagePack (whose codec takes those beyond 2⁵³ with `integers: "bigint"`, up to 64 bits).
 */
export function BigInteger(): BigIntegerSchema {
  return { bigint: true } as BigIntegerSchema;
}
