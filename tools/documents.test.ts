import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { codeBlocks } from "./code-blocks.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
  ...readdirSync(join(root, "packages")).map((name) => join("packages", name, "README.md")),
];

const read = (document: string): string => readFileSync(join(root, document), "utf8");

/**
 * The TypeScript in a document by the files to write it to, each block a module of its own. It can import those named before it; a
 * name that comes again begins anew.
 */
function modulesOf(document: string): Map<string, string> {
  const modules = new Map<string, string>();
  const folder = document.replaceAll("/", "-");
  let set = 1;
  for (const [index, { file, source }] of codeBlocks(read(document), "ts").entries()) {
    if (file !== null && modules.has(join(folder, `${set}`, file))) set += 1;
    modules.set(join(folder, `${set}`, file ?? `block-${index + 1}.ts`), `${source}export {};\n`);
  }
  return modules;
}

describe.each(documents)("%s", (document) => {
  it("links to what exists", () => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link as string);
    const broken = links.filter((link) => !existsSync(join(root, dirname(document), link)));
    expect(broken).toEqual([]);
  });

  it("names scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read(document).matchAll(/pnpm@12 (?:--silent )?([a-z][a-z:-]*)/g)].map(
      ([, script]) => script,
    );
    expect(named.filter((script) => !(`${script}` in scripts))).toEqual([]);
  });
});

describe("code in the documents", () => {
  it("type-checks", async () => {
    const place = await mkdtemp(join(tmpdir(), "parley-documents-"));
    try {
      await mkdir(join(place, "node_modules/@parley"), { recursive: true });
      for (const name of readdirSync(join(root, "packages")))
        await symlink(join(root, "packages", name), join(place, "node_modules/@parley", name));
      for (const name of ["@types", "vitest"]) {
        await symlink(join(root, "node_modules", name), join(place, "node_modules", name));
      }
      await symlink(join(root, "packages/rpc/node_modules/typebox"), join(place, "node_modules/typebox"));
      const tsconfig = {
        extends: relative(place, join(root, "tsconfig.tests.json")),
        compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
        include: ["code/**/*.ts"],
        exclude: [],
      };
      await writeFile(join(place, "tsconfig.json"), JSON.stringify(tsconfig));
      await writeFile(join(place, "package.json"), JSON.stringify({ type: "module" }));
      for (const document of documents) {
        for (const [file, source] of modulesOf(document)) {
          await mkdir(join(place, "code", dirname(file)), { recursive: true });
          await writeFile(join(place, "code", file), source);
        }
      }
      expect(await compile(place)).toBe("");
    } finally {
      await rm(place, { recursive: true });
    }
  });
});

function compile(cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(join(root, "node_modules/.bin/tsc"), ["-p", "."], { cwd }, (_, output) => resolve(output));
  });
}
