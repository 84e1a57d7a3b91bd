import type { StandardSchemaV1 } from "@standard-schema/spec";
import { Ajv, type AnySchemaObject, type ErrorObject } from "ajv";
import type { Codec } from "../codec.ts";
import { type Blame, type ErrorCode, ParleyError } from "../error.ts";
import type { Writer } from "../writer.ts";
import { patternCost } from "./pattern-cost.ts";

/** A JSON Schema for a byte array. `~unsafe` is no member of it, but what TypeBox reads the type of its values from. */
export interface BytesSchema {
  readonly bytes: true;
  readonly "~unsafe": Uint8Array;
}

/** A JSON Schema for a byte array, as `msgpack` carries them; ajv alone does not know it. */
export function Bytes(): BytesSchema {
  return { bytes: true } as BytesSchema;
}

/** Checks a value and returns it, or what the schema makes of it. @throws a {@link Refusal}. */
type Check = (value: unknown) => unknown;

/** Why a value does not match its schema. */
class Refusal extends Error {}

/**
 * A codec whose messages match a schema, in both directions: what arrives and does not is `malformed`, what is to be sent and does
 * not is `unencodable`; either error says where, what was expected and what was there, but not the value itself.
 * The schema is a JSON Schema (draft 7, checked by ajv in its strict mode; TypeBox builds such) or any Standard Schema that answers
 * synchronously; one that transforms gives its output to the handler.
 * @throws ParleyError `bad-option` for a schema that ajv refuses, and for a pattern that could take exponential time.
 */
export function validated<S extends StandardSchemaV1>(
  codec: Codec<unknown>,
  schema: S,
): Codec<StandardSchemaV1.InferOutput<S>, StandardSchemaV1.InferInput<S>>;
export function validated<T>(codec: Codec<unknown>, schema: object): Codec<T>;
export function validated(codec: Codec<unknown>, schema: StandardSchemaV1 | object): Codec<unknown> {
  const check = "~standard" in schema ? standardCheck(schema) : ajvCheck(schema);
  const { message } = codec;
  return Object.freeze({
    id: codec.id,
    frame: codec.frame,
    message: Object.freeze({
      id: message.id,
      decode(bytes: Uint8Array, start: number, end: number): unknown {
        return checked(check, message.decode(bytes, start, end), "malformed", "remote");
      },
      encode(value: unknown, out: Writer): void {
        checked(check, value, "unencodable", "local");
        message.encode(value, out);
      },
    }),
  });
}

function checked(check: Check, value: unknown, code: ErrorCode, blame: Blame): unknown {
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new ParleyError(code, `The message does not match its schema: ${error.message}.`, { blame });
  }
}

/** Compiles a schema's patterns, for ajv. @throws Error for one whose time could explode on a message that is made for it. */
const safePattern = Object.assign(
  (pattern: string, flags: string): RegExp => {
    if (patternCost(pattern) !== "exponential") return new RegExp(pattern, flags);
    throw new Error(
      `the pattern ${JSON.stringify(pattern)} can take exponential time: have each round of a repeated part begin with a character that occurs nowhere else in it`,
    );
  },
  // What ajv would write into code of its own; it is not asked to write any.
  { code: "new RegExp" },
);

function ajvCheck(schema: AnySchemaObject): Check {
  const ajv = new Ajv({ strict: true, code: { regExp: safePattern } });
  ajv.addKeyword({
    keyword: "bytes",
    schemaType: "boolean",
    validate: (expected: boolean, value: unknown) => value instanceof Uint8Array === expected,
  });
  let validate: ReturnType<Ajv["compile"]>;
  try {
    validate = ajv.compile(schema);
  } catch (cause) {
    throw new ParleyError("bad-option", `The schema cannot be used: ${(cause as Error).message}.`, { cause });
  }
  return (value) => {
    if (validate(value)) return value;
    const [error] = validate.errors as [ErrorObject];
    throw new Refusal(
      `at ${error.instancePath || "/"}, it ${error.message ?? "is wrong"}${foundAt(value, error)}`,
    );
  };
}

/** The type of what stands where an error was found, where the expectation was one of type. */
function foundAt(value: unknown, { keyword, instancePath }: ErrorObject): string {
  if (keyword !== "type") return "";
  let found = value;
  for (const step of instancePath.split("/").slice(1)) {
    found = (found as Record<string, unknown>)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  const type = found === null ? "null" : Array.isArray(found) ? "array" : typeof found;
  return ` and is ${type}`;
}

function standardCheck(schema: StandardSchemaV1): Check {
  return (value) => {
    const result = schema["~standard"].validate(value);
    if (result instanceof Promise) {
      throw new ParleyError(
        "bad-option",
        "The schema answers with a promise; messages are checked synchronously.",
      );
    }
    if (result.issues === undefined) return result.value;
    const [issue] = result.issues;
    const path = (issue?.path ?? [])
      .map((step) => String(typeof step === "object" ? step.key : step))
      .join("/");
    throw new Refusal(`at /${path}, ${issue?.message ?? "it is wrong"}`);
  };
}
