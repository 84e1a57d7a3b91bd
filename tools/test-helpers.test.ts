import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { filesIn } from "./release/file-list.ts";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

it("what tests share registers no hooks: those of a module count for the first file that loads it, where files share a process", async () => {
  const files = await filesIn(root, ["packages", "e2e", "examples", "fuzz", "tools"]);
  const helpers = files.filter(
    (path) => /(?<!\.test)\.ts$/.test(path) && !/\/(node_modules|dist)\//.test(path),
  );
  expect(helpers).toContain("packages/cli/test/child.ts");
  const hooked = helpers.filter((path) =>
    /^import \{[^}]*\b(before|after)(Each|All)\b[^}]*\} from "vitest"/m.test(
      readFileSync(join(root, path), "utf8"),
    ),
  );
  expect(hooked, "use onTestFinished where the thing is made").toEqual([]);
});
