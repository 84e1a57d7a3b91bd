import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { corpusOf, loadTarget, targetNames } from "./targets.ts";

describe.each(targetNames())("%s", (name) => {
  it("holds for every input of its corpus", async () => {
    const fuzz = await loadTarget(name);
    const inputs = corpusOf(name);
    expect(inputs.length).toBeGreaterThan(0);
    for (const { file, data } of inputs) {
      try {
        fuzz(data);
      } catch (error) {
        throw new Error(`replay it: npx -y pnpm@12 fuzz ${name} --replay ${file}`, { cause: error });
      }
    }
  });

  it("stands in README.md", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toMatch(new RegExp(`^\\|.*\`${name}\`.*\\|.*\\|$`, "m"));
  });
});
