import { patternCost } from "@parley/core";
import { formats } from "./formats.ts";
import { isRecord, type JsonSchema, keywordShapes } from "./keywords.ts";
import { isCostlyUnique, maxPatternLength } from "./plain-schema.ts";

/** Keywords unknown to us that say nothing of what matches. */
const harmless = new Set(["$schema", "$anchor", "example", "externalDocs", "discriminator", "xml"]);

/**
 * A schema that somebody else wrote, in the words that we know: what is unknown in it is left out, and so is what could
 * take us longer than linear time, since whoever wrote it checks the values as well. It lets pass whatever the schema
 * does, and perhaps more. What is wrong in it stays so.
 */
export function loosened(schema: unknown): unknown {
  return loosen(schema).loose;
}

interface Loosened {
  readonly loose: unknown;
  /** Whether anything that says what matches has been left out. */
  readonly omitted: boolean;
}

function loosen(schema: unknown): Loosened {
  if (!isRecord(schema)) return { loose: schema, omitted: false };
  const given = translated(schema);
  const loose: Record<string, unknown> = {};
  let omitted = false;
  for (const [keyword, value] of Object.entries(given)) {
    if (!isUsable(keyword, value, given)) {
      omitted ||= !harmless.has(keyword) && !keyword.startsWith("x-");
      continue;
    }
    const inner = loosenInside(keyword, value);
    omitted ||= inner.omitted;
    // There, to leave something out would let less pass.
    if (inner.omitted && (keyword === "not" || keyword === "if")) continue;
    if (inner.omitted && keyword === "oneOf") {
      if (!("anyOf" in given)) loose["anyOf"] = inner.loose;
    } else {
      loose[keyword] = inner.loose;
    }
  }
  if (sizeOf(loose["patternProperties"]) < sizeOf(given["patternProperties"])) {
    delete loose["additionalProperties"];
  }
  return { loose, omitted };
}

function loosenInside(keyword: string, value: unknown): Loosened {
  const shape = keywordShapes.get(keyword);
  switch (shape) {
    case "schema":
    case "schemas":
    case "items": {
      if (!Array.isArray(value)) return loosen(value);
      const inner = value.map(loosen);
      return { loose: inner.map(({ loose }) => loose), omitted: inner.some(({ omitted }) => omitted) };
    }
    case "named-schemas":
    case "pattern-schemas":
    case "dependencies": {
      if (!isRecord(value)) return { loose: value, omitted: false };
      const all = Object.entries(value);
      const kept = all.filter(
        ([name]) => name !== "__proto__" && (shape !== "pattern-schemas" || isQuick(name)),
      );
      const inner = kept.map(([name, sub]) => [name, loosen(sub)] as const);
      return {
        loose: Object.fromEntries(inner.map(([name, { loose }]) => [name, loose])),
        omitted: kept.length < all.length || inner.some(([, sub]) => sub.omitted),
      };
    }
    default:
      return { loose: value, omitted: false };
  }
}

/** Other drafts' and OpenAPI's words for what draft 7 says in its own. */
function translated(schema: JsonSchema): JsonSchema {
  const { prefixItems, nullable, ...rest } = schema;
  const { type, items } = schema;
  return {
    ...rest,
    ...(Array.isArray(prefixItems)
      ? { items: prefixItems, ...(items === undefined ? {} : { additionalItems: items }) }
      : {}),
    ...(nullable === true && typeof type === "string" ? { type: [type, "null"] } : {}),
  };
}

function isUsable(keyword: string, value: unknown, schema: JsonSchema): boolean {
  switch (keyword) {
    case "$id":
      return true;
    case "format":
      return typeof value === "string" && Object.hasOwn(formats, value);
    case "pattern":
      return typeof value !== "string" || isQuick(value);
    case "uniqueItems":
      return !isCostlyUnique(schema);
    case "$ref":
      return typeof value !== "string" || value.startsWith("#");
    case "exclusiveMinimum":
    case "exclusiveMaximum":
    case "required":
      // Draft 4 and before had booleans there.
      return typeof value !== "boolean";
    default:
      return keywordShapes.has(keyword);
  }
}

function isQuick(pattern: string): boolean {
  try {
    return pattern.length <= maxPatternLength && patternCost(pattern) === "linear";
  } catch {
    return false;
  }
}

function sizeOf(value: unknown): number {
  return isRecord(value) ? Object.keys(value).length : 0;
}
