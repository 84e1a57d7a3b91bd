import { expect, it } from "vitest";
import { checkJsonDepth } from "./json-depth.ts";

function check(text: string, maxDepth: number): void {
  const bytes = Buffer.from(text);
  checkJsonDepth(bytes, 0, bytes.length, maxDepth);
}

const arrays = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const tooDeep = expect.objectContaining({ code: "malformed", blame: "remote" });

it.each([1, 2, 64])("a depth of %d passes where that is the maximum, one more does not", (depth) => {
  for (const nested of [arrays, objects]) {
    expect(() => check(nested(depth), depth)).not.toThrow();
    expect(() => check(nested(depth + 1), depth)).toThrow(tooDeep);
  }
  expect(() => check(`[${objects(depth)}]`, depth)).toThrow(tooDeep);
});

it("many values side by side are not deep", () => {
  expect(() => check(`[${"[],{},".repeat(1000)}1]`, 2)).not.toThrow();
});

it("brackets within strings do not count", () => {
  expect(() => check(JSON.stringify(["[[[[", "{{{{", '"[[[[', "\\", "[[[["]), 1)).not.toThrow();
  expect(() => check('["\\\\", [[[]]]]', 2)).toThrow(tooDeep);
  expect(() => check('["\\"", [[[]]]]', 2)).toThrow(tooDeep);
});

it("brackets that never close count as soon as there are enough bytes for them to have closed", () => {
  expect(() => check("[".repeat(200), 64)).toThrow(tooDeep);
});

it("closing what was never opened gains no depth for later", () => {
  // The parser refuses such text, whatever this check makes of it.
  expect(() => check(`${"]".repeat(10)}${"[".repeat(5)}`, 64)).not.toThrow();
});

it("looks at its range of the chunk alone", () => {
  const bytes = Buffer.from(`${arrays(9)}[1]${arrays(9)}`);
  expect(() => checkJsonDepth(bytes, 18, 21, 1)).not.toThrow();
});
