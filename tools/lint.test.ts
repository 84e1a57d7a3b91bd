import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

const programs = join(root, "node_modules/.bin");

const tsconfig = {
  compilerOptions: {
    strict: true,
    target: "es2023",
    module: "nodenext",
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  },
};

interface Planted {
  readonly path: string;
  readonly source: string;
  /** Part of what the lint says to it; undefined where it must say nothing. */
  readonly complaint?: string;
}

const imports = (from: string): string => `import { it } from "${from}";\nexport const used = it;\n`;
const typeImports = (from: string): string => `import type { It } from "${from}";\nexport type Used = It;\n`;

const pure = "core is pure";
const timeless = "core has no time of its own";
const transportAlone = "transport stands on core alone";
const neverMeet = "client and server stand on rpc, transport and core, and never meet";
const sockets = "transport is the one owner of sockets";
const byName = "Another package is imported by its name";

const wrong: Planted[] = [
  { path: "packages/core/src/a.ts", source: imports("node:fs"), complaint: pure },
  { path: "packages/core/src/b.ts", source: imports("net"), complaint: pure },
  { path: "packages/core/src/deep/c.ts", source: imports("@parley/transport"), complaint: pure },
  { path: "packages/core/src/deep/d.ts", source: imports("fs/promises"), complaint: pure },
  { path: "packages/core/src/d.ts", source: typeImports("node:events"), complaint: pure },
  { path: "packages/core/src/e.ts", source: `export * from "@parley/transport";\n`, complaint: pure },
  { path: "packages/core/src/f.ts", source: imports("../../transport/src/index.ts"), complaint: byName },
  {
    path: "packages/core/src/g.test.ts",
    source: imports("@parley/testkit"),
    complaint: "core stands on no other",
  },
  ...[
    "setTimeout(f, 1)",
    "setInterval(f, 1)",
    "setImmediate(f)",
    "queueMicrotask(f)",
    "performance.now()",
    "Date.now()",
  ].map((call, index) => ({
    path: `packages/core/src/timer-${index}.ts`,
    source: `export const f = (): unknown => ${call};\n`,
    complaint: timeless,
  })),
  {
    path: "packages/core/src/h.ts",
    source: "export const at = process.pid;\n",
    complaint: "core knows no process",
  },
  {
    path: "packages/core/src/i.ts",
    source: "export const x = Math.random();\n",
    complaint: "core has no chance",
  },
  { path: "packages/rpc/src/a.ts", source: imports("@parley/transport"), complaint: "rpc is pure" },
  { path: "packages/rpc/src/b.ts", source: imports("node:fs"), complaint: "rpc is pure" },
  { path: "packages/transport/src/a.ts", source: imports("@parley/server"), complaint: transportAlone },
  {
    path: "packages/transport/test/b.test.ts",
    source: imports("@parley/testkit"),
    complaint: transportAlone,
  },
  { path: "packages/server/src/a.ts", source: imports("@parley/client"), complaint: neverMeet },
  { path: "packages/server/src/b.ts", source: typeImports("@parley/client"), complaint: neverMeet },
  { path: "packages/server/src/c.ts", source: imports("node:net"), complaint: sockets },
  { path: "packages/server/src/d.ts", source: imports("../../core/src/codec.ts"), complaint: byName },
  { path: "packages/server/src/e.ts", source: imports("@parley/testkit"), complaint: neverMeet },
  { path: "packages/server/test/f.test.ts", source: imports("@parley/client"), complaint: neverMeet },
  { path: "packages/server/test/g.test.ts", source: imports("../../core/src/codec.ts"), complaint: byName },
  { path: "packages/client/src/a.ts", source: imports("@parley/server"), complaint: neverMeet },
  { path: "packages/client/src/b.ts", source: imports("tls"), complaint: sockets },
  { path: "packages/client/src/c.test.ts", source: imports("@parley/server"), complaint: neverMeet },
  {
    path: "packages/testkit/src/a.ts",
    source: imports("@parley/server"),
    complaint: "testkit stands on transport",
  },
  { path: "packages/testkit/src/b.ts", source: imports("node:dgram"), complaint: sockets },
  { path: "packages/cli/src/a.ts", source: imports("@parley/testkit"), complaint: "cli stands on client" },
  { path: "packages/cli/src/b.ts", source: imports("node:net"), complaint: sockets },
  { path: "packages/rooms/src/a.ts", source: imports("node:net"), complaint: sockets },
  { path: "examples/a.ts", source: imports("../packages/core/src/index.ts"), complaint: byName },
  {
    path: "packages/server/src/floating.ts",
    source: "async function later(): Promise<void> {}\nexport function now(): void {\n  later();\n}\n",
    complaint: "Promises must be awaited",
  },
  {
    path: "packages/server/test/floating.test.ts",
    source: "async function later(): Promise<void> {}\nexport function now(): void {\n  later();\n}\n",
    complaint: "Promises must be awaited",
  },
  {
    path: "packages/server/src/misused.ts",
    source: "export function run(list: number[]): void {\n  list.forEach(async () => {});\n}\n",
    complaint: "Promise",
  },
  {
    path: "packages/server/src/one.ts",
    source: `import { two } from "./two.ts";\nexport const one = (): unknown => two;\n`,
    complaint: "cycle",
  },
  {
    path: "packages/server/src/two.ts",
    source: `import { one } from "./one.ts";\nexport const two = (): unknown => one;\n`,
    complaint: "cycle",
  },
  { path: "packages/server/src/loud.ts", source: `console.log("hello");\n`, complaint: "console" },
];

const right: Planted[] = [
  { path: "packages/core/src/a.ts", source: imports("./b.ts") },
  { path: "packages/core/src/b.ts", source: "export const it = 1;\n" },
  { path: "packages/core/src/deep/c.ts", source: imports("../b.ts") },
  { path: "packages/core/src/e.ts", source: imports("msgpackr") },
  {
    path: "packages/core/src/d.test.ts",
    source: `import { it } from "node:fs";\nexport const at = Date.now();\nsetTimeout(() => it, 1);\n`,
  },
  { path: "packages/rpc/src/a.ts", source: imports("@parley/core") },
  { path: "packages/transport/src/a.ts", source: imports("node:net") },
  { path: "packages/transport/src/b.ts", source: imports("@parley/core") },
  ...["server", "client", "testkit"].flatMap((name) => [
    { path: `packages/${name}/src/a.ts`, source: imports("@parley/core") },
    { path: `packages/${name}/src/b.ts`, source: imports("@parley/transport") },
    { path: `packages/${name}/src/c.ts`, source: imports("node:fs") },
    { path: `packages/${name}/test/d.test.ts`, source: imports("node:net") },
    { path: `packages/${name}/test/e.test.ts`, source: imports("../src/a.ts") },
  ]),
  { path: "packages/server/src/d.test.ts", source: imports("@parley/testkit") },
  ...["client", "server", "transport", "core"].map((name) => ({
    path: `packages/cli/src/${name}.ts`,
    source: imports(`@parley/${name}`),
  })),
  { path: "packages/rooms/src/a.ts", source: imports("@parley/server") },
  { path: "examples/a.ts", source: imports("@parley/cli") },
  { path: "examples/b.ts", source: imports("node:net") },
  { path: "bench/a.mjs", source: imports("node:net") },
];

interface Finding {
  readonly filename: string;
  readonly message: string;
  readonly help?: string;
}

/** Lints the planted files, in a workspace of their own under this one's rules. */
async function lint(planted: readonly Planted[]): Promise<{ findings: Finding[]; failed: boolean }> {
  const place = await mkdtemp(join(tmpdir(), "parley-lint-"));
  try {
    await cp(join(root, ".oxlintrc.json"), join(place, ".oxlintrc.json"));
    await writeFile(join(place, "tsconfig.json"), JSON.stringify(tsconfig));
    for (const { path, source } of planted) {
      await mkdir(dirname(join(place, path)), { recursive: true });
      await writeFile(join(place, path), source);
    }
    const { output, failed } = await run(place, ["--deny-warnings", "--format=json", "."]);
    const { diagnostics } = JSON.parse(output) as { diagnostics: Finding[] };
    return { findings: diagnostics, failed };
  } finally {
    await rm(place, { recursive: true });
  }
}

function run(cwd: string, args: string[]): Promise<{ output: string; failed: boolean }> {
  return new Promise((resolve) => {
    const env = { ...process.env, OXLINT_TSGOLINT_PATH: join(programs, "tsgolint") };
    execFile(join(programs, "oxlint"), args, { cwd, env }, (error, output) =>
      resolve({ output, failed: error !== null }),
    );
  });
}

describe("the lint", () => {
  let findings: Finding[];
  let failed: boolean;
  beforeAll(async () => {
    ({ findings, failed } = await lint(wrong));
  });

  it.each(wrong)("complains of $path: $source", ({ path, complaint }) => {
    const own = findings.filter(({ filename }) => filename === path);
    expect(own.map(({ message, help }) => `${message} ${help ?? ""}`)).toEqual([
      expect.stringContaining(complaint as string),
    ]);
  });

  it("fails if it has complaints", () => {
    expect(failed).toBe(true);
  });

  it("has nothing to say to imports that run the right way", async () => {
    expect(await lint(right)).toEqual({ findings: [], failed: false });
  });
});
