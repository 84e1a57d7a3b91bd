import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonSchemaType } from "./json-schema-type.ts";
import type { Value, Ways } from "./signature.ts";

/**
 * What a contract says of a value: a JSON Schema (draft 7), as TypeBox builds them or written as a literal, or a
 * Standard Schema that answers synchronously.
 */
export type Schema = object;

/** What `X` lets pass, as its two sides see it. */
export type WaysOf<X> = X extends StandardSchemaV1
  ? StandardWays<StandardSchemaV1.InferInput<X>, StandardSchemaV1.InferOutput<X>>
  : Value<JsonSchemaType<X>>;

type StandardWays<Given, Taken> = [Given, Taken] extends [Taken, Given] ? Value<Taken> : Ways<Given, Taken>;

/** Whether `schema` is a Standard Schema; else it is a JSON Schema. */
export function isStandard(schema: object): schema is StandardSchemaV1 {
  return "~standard" in schema;
}
