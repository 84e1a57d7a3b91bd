import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The files that a folder of ours has, without what was built and installed. */
function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return path.endsWith(".ts") ? [path] : [];
    return ["node_modules", "dist"].includes(entry.name) ? [] : sources(path);
  });
}

it("what tests share registers no hooks: those of a module count for the first file that loads it, where files share a process", () => {
  const helpers = ["packages", "e2e", "examples", "fuzz", "tools"]
    .flatMap(sources)
    .filter((path) => !path.endsWith(".test.ts"));
  expect(helpers).toContain(join("packages", "cli", "test", "child.ts"));
  const hooked = helpers.filter((path) =>
    /^import .*\b(before|after)(Each|All)\b.* from "vitest"/m.test(readFileSync(join(root, path), "utf8")),
  );
  expect(hooked, "use onTestFinished where the thing is made").toEqual([]);
});
