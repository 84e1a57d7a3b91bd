import { expect, it } from "vitest";
import { outputsOf, staleOutputs } from "./output.ts";

it("names what the compiler writes for a module", () => {
  expect(outputsOf("src/frame/lines.ts")).toEqual([
    "dist/frame/lines.js",
    "dist/frame/lines.js.map",
    "dist/frame/lines.d.ts",
    "dist/frame/lines.d.ts.map",
  ]);
});

it("finds what is left of a module that is gone, and nothing else", () => {
  const files = ["src/a.ts", ...outputsOf("src/a.ts"), ...outputsOf("src/gone.ts"), "dist/.tsbuildinfo"];
  expect(staleOutputs(files)).toEqual(outputsOf("src/gone.ts"));
});
