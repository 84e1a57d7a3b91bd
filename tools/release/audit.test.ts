import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { auditPackage } from "./audit.ts";

const manifest = {
  name: "@parley/sound",
  description: "Sound.",
  keywords: ["sound"],
  license: "MIT",
  engines: { node: ">=20.19" },
  publishConfig: { access: "public" },
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  bin: { sound: "./dist/index.js" },
  dependencies: { "@parley/core": "0.1.0" },
};

const map = JSON.stringify({ sources: ["../src/index.ts"] });

const sound: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify(manifest),
  LICENSE: "MIT",
  "README.md": "# Sound",
  "src/index.ts": "export {};",
  "dist/index.js": `import { core } from "@parley/core";\n`,
  "dist/index.js.map": map,
  "dist/index.d.ts": "export {};",
  "dist/index.d.ts.map": map,
};

/** The faults of the sound package after `changes`: other text for a file, or null for none. */
async function faultsWith(changes: Readonly<Record<string, string | null>>): Promise<string[]> {
  const place = await mkdtemp(join(tmpdir(), "parley-audit-"));
  try {
    for (const [file, text] of Object.entries({ ...sound, ...changes })) {
      if (text === null) continue;
      await mkdir(dirname(join(place, file)), { recursive: true });
      await writeFile(join(place, file), text);
    }
    return await auditPackage(place);
  } finally {
    await rm(place, { recursive: true });
  }
}

const packageJson = (changes: object): Record<string, string> => ({
  "package.json": JSON.stringify({ ...manifest, ...changes }),
});

describe("the audit of a package", () => {
  it("finds nothing in a sound one, nor in what is installed below it", async () => {
    expect(await faultsWith({})).toEqual([]);
    expect(await faultsWith({ "node_modules/other/index.test.js": "" })).toEqual([]);
  });

  it.each<[string, Record<string, string | null>, string[]]>([
    ["no licence", { LICENSE: null }, ["LICENSE is missing."]],
    ["no README", { "README.md": null }, ["README.md is missing."]],
    ["no keywords", packageJson({ keywords: undefined }), ["package.json has no keywords."]],
    [
      "a range of the workspace",
      packageJson({ dependencies: { "@parley/core": "workspace:*" } }),
      ["package.json has a workspace: range, which means nothing to npm."],
    ],
    [
      "a range of the catalog",
      packageJson({ dependencies: { "@parley/core": "catalog:" } }),
      ["package.json has a catalog: range, which means nothing to npm."],
    ],
    [
      "an export of what is not there",
      packageJson({ exports: { ".": { types: "./dist/index.d.ts", default: "./dist/other.js" } } }),
      ["package.json names dist/other.js, which is missing."],
    ],
    [
      "a command that is not there",
      packageJson({ bin: { sound: "./dist/main.js" } }),
      ["package.json names dist/main.js, which is missing."],
    ],
    [
      "a module that is not compiled",
      { "src/new.ts": "" },
      [
        "dist/new.js is missing: delete dist and build again.",
        "dist/new.js.map is missing: delete dist and build again.",
        "dist/new.d.ts is missing: delete dist and build again.",
        "dist/new.d.ts.map is missing: delete dist and build again.",
      ],
    ],
    ["what is left of a module", { "dist/gone.js": "" }, ["dist/gone.js has no source."]],
    [
      "a test",
      { "src/index.test.ts": "", "dist/test/a.js": "" },
      [
        "dist/test/a.js has no source.",
        "dist/index.test.js is missing: delete dist and build again.",
        "dist/index.test.js.map is missing: delete dist and build again.",
        "dist/index.test.d.ts is missing: delete dist and build again.",
        "dist/index.test.d.ts.map is missing: delete dist and build again.",
        "dist/test/a.js is a test.",
        "src/index.test.ts is a test.",
      ],
    ],
    [
      "what the compiler remembers",
      { "dist/.tsbuildinfo": "{}" },
      ["dist/.tsbuildinfo is not wanted in a package."],
    ],
    [
      "a map to what is not there",
      { "dist/index.js.map": JSON.stringify({ sources: ["../../src/index.ts"] }) },
      ["dist/index.js.map points to ../src/index.ts, which is missing."],
    ],
    [
      "an import of what is not declared",
      { "dist/index.d.ts": `import type { T } from "typebox";\n` },
      ["dist/index.d.ts imports typebox, which is not among the dependencies."],
    ],
  ])("finds %s", async (_, changes, faults) => {
    expect(await faultsWith(changes)).toEqual(faults);
  });

  it("finds an empty shell", async () => {
    const gone = Object.keys(sound).filter((file) => /^(src|dist)\//.test(file));
    const faults = await faultsWith({
      ...packageJson({ exports: {}, bin: {} }),
      ...Object.fromEntries(gone.map((file) => [file, null])),
    });
    expect(faults).toEqual(["There is no module in src."]);
  });
});
