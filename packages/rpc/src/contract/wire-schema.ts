import type { WireForm } from "./compiled-contract.ts";
import { type JsonSchema, mapSubschemas } from "./keywords.ts";

/** How a value stands where it is checked: in the program, or on one of the wires. */
export type Form = "program" | WireForm;

/** What `bytes` and `bigint` are checked as. */
const wireKeywords: Readonly<Record<Form, { readonly bytes: string; readonly bigint: string }>> = {
  program: { bytes: "bytes", bigint: "bigint" },
  json: { bytes: "base64", bigint: "decimal" },
  msgpack: { bytes: "bytes", bigint: "anyInteger" },
};

/** The schema that values of a form are checked with; integers are such that a number holds them exactly. */
export function wireSchema(schema: JsonSchema, form: Form): JsonSchema {
  const { bytes, bigint, ...rest } = schema;
  return {
    ...mapSubschemas(rest, (sub) => wireSchema(sub, form)),
    ...(bytes === true ? { [wireKeywords[form].bytes]: true } : {}),
    ...(bigint === true ? { [wireKeywords[form].bigint]: true } : {}),
    ...(isInteger(schema["type"]) ? { safeInteger: true } : {}),
  };
}

/** Whether there are `bytes` or `bigint` anywhere in it, so that its values differ from wire to wire. */
export function variesByWire(schema: JsonSchema): boolean {
  let varies = schema["bytes"] === true || schema["bigint"] === true;
  mapSubschemas(schema, (sub) => {
    varies ||= variesByWire(sub);
    return sub;
  });
  return varies;
}

function isInteger(type: unknown): boolean {
  return Array.isArray(type) ? type.includes("integer") && !type.includes("number") : type === "integer";
}
