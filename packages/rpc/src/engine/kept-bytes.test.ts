import { expect, it } from "vitest";
import { keptBytes } from "./kept-bytes.ts";

it.each<[unknown, number]>([
  ["x".repeat(1_000), 1_016],
  [new Uint8Array(1_000), 1_016],
  [{ name: ["x".repeat(100)] }, 152],
  [null, 16],
  ["x".repeat(1_000_000), 10_000],
])("counts what %# takes, up to enough", (value, bytes) => {
  expect(keptBytes(value, 10_000)).toBe(bytes);
});

it("comes to an end with what contains itself", () => {
  const endless: unknown[] = [];
  endless.push(endless);
  expect(keptBytes(endless, 10_000)).toBe(10_000);
});
