import { deepStrictEqual, ok } from "node:assert/strict";
import { msgpack } from "@parley/core";
import { Choices } from "../choices.ts";
import { decoded, written } from "../message-laws.ts";
import { Refused, referenceMsgpack } from "../reference-msgpack.ts";

/** A value is read as an independent reader reads it, refused if that refuses it, and written so that it is read again. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const maxDepth = choices.of(64, 1, 2, 3);
  const integers = choices.of("safe", "bigint");
  const messages = msgpack({ maxDepth, integers });
  const bytes = choices.rest();
  const outcome = decoded(messages, bytes);
  const expected = referenceOf(bytes, maxDepth, integers === "bigint");
  if ("error" in outcome) return ok("why" in expected, `a value is refused: ${outcome.error.message}`);
  ok("value" in expected, `a value is taken in spite of: ${"why" in expected ? expected.why : ""}`);
  deepStrictEqual(plain(outcome.value), plain(expected.value));
  const again = decoded(messages, written(messages, outcome.value));
  ok("value" in again, "what was written is refused");
  deepStrictEqual(plain(again.value, unsigned), plain(outcome.value, unsigned));
}

function referenceOf(
  bytes: Uint8Array,
  maxDepth: number,
  bigIntegers: boolean,
): { value: unknown } | { why: string } {
  try {
    return { value: referenceMsgpack(bytes, { maxDepth, bigIntegers }) };
  } catch (error) {
    if (error instanceof Refused) return { why: error.message };
    throw error;
  }
}

/** The same with byte arrays of whatever class as one, so that it can be compared, and other values as `leaf` has them. */
function plain(value: unknown, leaf: (value: unknown) => unknown = (same) => same): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map((item) => plain(item, leaf));
  if (typeof value !== "object" || value === null || value instanceof Date) return leaf(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member, leaf)]));
}

/** -0 is written as 0, as it is in JSON. */
function unsigned(value: unknown): unknown {
  return value === 0 ? 0 : value;
}
