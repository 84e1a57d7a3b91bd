import { deepStrictEqual, ok } from "node:assert/strict";
import { compiled, contract, Mismatch } from "@parley/rpc";
import { Type } from "typebox";
import { Check } from "typebox/value";

const Item = Type.Object({
  id: Type.Integer({ minimum: 0, maximum: 1_000 }),
  kind: Type.Union([Type.Literal("a"), Type.Literal("b"), Type.Null()]),
  weights: Type.Optional(Type.Array(Type.Number(), { maxItems: 3 })),
});
const params = Type.Object({
  item: Item,
  others: Type.Optional(Type.Record(Type.String(), Item)),
  either: Type.Optional(Type.Union([Type.Boolean(), Type.Tuple([Type.String(), Type.Number()])])),
});
const names = ["item", "others", "either"];
const put = compiled(contract("store", { methods: { put: { params } } })).methods.get("put");
const maxIssues = 10;
const maxMessage = 16_000;

/**
 * A value is taken if an independent checker takes it, as it is, and refused with a Mismatch of bounded size if that refuses it.
 */
export function fuzz(data: Uint8Array): void {
  const value = parsed(Buffer.from(data).toString());
  if (value === undefined) return;
  const before = JSON.stringify(value);
  const meant = meanings(value).find((each) => Check(params, each));
  let taken: unknown;
  try {
    taken = put?.params.fromWire(value, "json");
  } catch (error) {
    ok(error instanceof Mismatch, `it threw ${String(error)}`);
    ok(error.issues.length > 0 && error.issues.length <= maxIssues, `${error.issues.length} issues`);
    ok(error.message.length <= maxMessage, `${error.message.length} characters`);
    ok(meant === undefined, `it is refused: ${error.message}`);
    return;
  } finally {
    deepStrictEqual(JSON.stringify(value), before, "what has arrived was changed");
  }
  ok(meant !== undefined, "it is taken, and does not match");
  deepStrictEqual(taken, meant);
}

/** Parameters by position may be the object of all of them as well. */
function meanings(value: unknown): unknown[] {
  if (!Array.isArray(value)) return [value];
  const byName = Object.fromEntries(value.map((each, at) => [names[at], each]));
  return [...(value.length > names.length ? [] : [byName]), ...(value.length === 1 ? value : [])];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
