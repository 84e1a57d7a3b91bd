/** What may stand under a keyword of a schema. */
export type Shape =
  | "annotation"
  | "text"
  | "flag"
  | "true"
  | "number"
  | "positive"
  | "count"
  | "pattern"
  | "format"
  | "reference"
  | "types"
  | "names"
  | "options"
  | "constant"
  | "schema"
  | "schemas"
  | "items"
  | "named-schemas"
  | "pattern-schemas"
  | "dependencies";

/** A JSON Schema, checked and made plain: nothing in it but JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The keywords that a schema may have: those of JSON Schema draft 7, `$defs` besides, and our `bytes` and `bigint`.
 * The shapes are those that the draft's meta-schema states.
 */
export const keywordShapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ["title", "text"],
  ["description", "text"],
  ["$comment", "text"],
  ["default", "annotation"],
  ["examples", "annotation"],
  ["deprecated", "flag"],
  ["readOnly", "flag"],
  ["writeOnly", "flag"],
  ["contentMediaType", "text"],
  ["contentEncoding", "text"],
  ["$ref", "reference"],
  ["$defs", "named-schemas"],
  ["definitions", "named-schemas"],
  ["type", "types"],
  ["enum", "options"],
  ["const", "constant"],
  ["bytes", "true"],
  ["bigint", "true"],
  ["minimum", "number"],
  ["maximum", "number"],
  ["exclusiveMinimum", "number"],
  ["exclusiveMaximum", "number"],
  ["multipleOf", "positive"],
  ["minLength", "count"],
  ["maxLength", "count"],
  ["pattern", "pattern"],
  ["format", "format"],
  ["minItems", "count"],
  ["maxItems", "count"],
  ["uniqueItems", "flag"],
  ["items", "items"],
  ["additionalItems", "schema"],
  ["contains", "schema"],
  ["minProperties", "count"],
  ["maxProperties", "count"],
  ["required", "names"],
  ["properties", "named-schemas"],
  ["patternProperties", "pattern-schemas"],
  ["additionalProperties", "schema"],
  ["propertyNames", "schema"],
  ["dependencies", "dependencies"],
  ["allOf", "schemas"],
  ["anyOf", "schemas"],
  ["oneOf", "schemas"],
  ["not", "schema"],
  ["if", "schema"],
  ["then", "schema"],
  ["else", "schema"],
]);

/** Whether it is an object that is not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The pointer to what stands under `step`, as JSON Pointer (RFC 6901) escapes it. */
export function pointerTo(pointer: string, step: string | number): string {
  return `${pointer}/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** What a JSON Pointer (after the `#` of a fragment, percent-encoded or not) points at; undefined for nothing. */
export function pointedAt(root: unknown, pointer: string): unknown {
  let found = root;
  for (const escaped of pointer.split("/").slice(1)) {
    const step = decoded(escaped).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string, unknown>)[step];
  }
  return found;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

/**
 * A copy of the schema with every schema directly under it replaced by what `map` makes of it. Takes schemas that have
 * not been checked: what is of the wrong shape stays as it is.
 */
export function mapSubschemas(schema: JsonSchema, map: (sub: JsonSchema) => unknown): JsonSchema {
  const mapped = (value: unknown) => (isRecord(value) ? map(value) : value);
  const entries = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
    switch (keywordShapes.get(keyword)) {
      case "schema":
      case "schemas":
      case "items":
        return [keyword, Array.isArray(value) ? value.map(mapped) : mapped(value)];
      case "named-schemas":
      case "pattern-schemas":
      case "dependencies":
        if (!isRecord(value)) return [keyword, value];
        return [keyword, Object.fromEntries(Object.entries(value).map(([name, sub]) => [name, mapped(sub)]))];
      default:
        return [keyword, value];
    }
  });
  return Object.fromEntries(entries);
}
