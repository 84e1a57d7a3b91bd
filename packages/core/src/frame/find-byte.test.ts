import { expect, it } from "vitest";
import { findByte } from "./find-byte.ts";

const chunk = new Uint8Array(200).fill(97);
chunk[0] = 10;
chunk[20] = 10;
chunk[90] = 10;
chunk[150] = 10;

it.each([
  ["near", 1, 100, 20],
  ["far", 21, 100, 90],
  ["at its first byte", 20, 100, 20],
  ["at its last byte", 21, 91, 90],
  ["not right behind its end, near", 1, 20, -1],
  ["not right behind its end, far", 21, 90, -1],
  ["not in an empty one", 20, 20, -1],
  ["up to the end of the chunk", 91, 200, 150],
  ["not behind it", 151, 200, -1],
])("findByte finds the first byte of its range alone: %s", (_, start, end, found) => {
  expect(findByte(chunk, 10, start, end)).toBe(found);
  expect(findByte(Buffer.from(chunk), 10, start, end)).toBe(found);
});
