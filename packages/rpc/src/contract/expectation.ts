import { foundValue } from "./found.ts";
import { isRecord } from "./keywords.ts";

const maxOptions = 10;

/** What a schema wants, in a few words for people: `number`, `one of "a", "b"`. */
export function expectation(schema: unknown): string {
  if (schema === false) return "absent";
  if (!isRecord(schema)) return "a value";
  const { type, anyOf, oneOf } = schema;
  if ("const" in schema) return optionText(schema["const"]);
  if (Array.isArray(schema["enum"])) return oneOfText(schema["enum"]);
  if (schema["bytes"] === true) return "bytes";
  if (schema["base64"] === true) return "base64";
  if (schema["bigint"] === true || schema["anyInteger"] === true) return "integer";
  if (schema["decimal"] === true) return "integer as a decimal string";
  if (type !== undefined) return (Array.isArray(type) ? type : [type]).join(" or ");
  const branches = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  const words = [...new Set(branches.slice(0, maxOptions).map(expectation))];
  return words.length === 0 || words.includes("a value") ? "a value" : words.join(" or ");
}

/** The values that may stand at a place. */
export function oneOfText(options: readonly unknown[]): string {
  if (options.length === 1) return optionText(options[0]);
  const shown = options.slice(0, maxOptions).map(optionText).join(", ");
  return `one of ${shown}${options.length > maxOptions ? ` (${options.length} in all)` : ""}`;
}

function optionText(option: unknown): string {
  return foundValue(option);
}
