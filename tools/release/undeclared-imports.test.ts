import { expect, it } from "vitest";
import { undeclaredImports } from "./undeclared-imports.ts";

const code = `import "zero/register";
import { one, type Two } from "one/deep/inside.js";
import type { Three } from "@scope/three/deep";
import four, { five } from "four";
export * from "./own.js";
export { six } from "six";
export declare const seven: import("seven").Seven;
import fs from "node:fs";
import { once } from "events";
const eight = await import("eight");
/**
 * import { quoted } from "quoted";
 */
const text = 'taken from "text"';
`;

it("finds each package that is imported, by statement, type or call", () => {
  const all = ["zero", "one", "@scope/three", "four", "six", "seven", "eight"];
  expect(undeclaredImports(code, [])).toEqual(all);
  expect(undeclaredImports(code + code, ["zero", "@scope/three", "seven"])).toEqual([
    "one",
    "four",
    "six",
    "eight",
  ]);
  expect(undeclaredImports(code, all)).toEqual([]);
});
