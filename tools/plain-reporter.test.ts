import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs vitest over files of these sources; answers its last line on stdout and its exit code. */
async function lastLine(...sources: string[]): Promise<{ line: string | undefined; code: number | null }> {
  const place = await mkdtemp(join(tmpdir(), "parley-reporter-"));
  try {
    await Promise.all(sources.map((source, index) => writeFile(join(place, `${index}.test.js`), source)));
    const reporter = join(root, "tools/plain-reporter.ts");
    const args = ["run", "--globals", `--root=${place}`, "--reporter=default", `--reporter=${reporter}`];
    const vitest = spawn(join(root, "node_modules/.bin/vitest"), args, {
      cwd: place,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let output = "";
    vitest.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
    const code = await new Promise<number | null>((resolve) => vitest.on("close", resolve));
    expect(output.endsWith("\n")).toBe(true);
    return { line: output.split("\n").at(-2), code };
  } finally {
    await rm(place, { recursive: true });
  }
}

const good = `it("one", () => {}); it("two", () => {});`;

describe.concurrent("the last line of a test run", () => {
  it.each<[string, string, number, string[]]>([
    ["counts what passed", "4 passed, 0 failed", 0, [good, good]],
    ["counts what failed", "2 passed, 1 failed", 1, [good, `it("bad", () => { throw new Error(); });`]],
    [
      "counts what was skipped",
      "2 passed, 0 failed, 2 skipped",
      0,
      [good, `it.skip("not now", () => {}); it.todo("later");`],
    ],
    ["counts a file that does not load", "2 passed, 1 failed", 1, [good, `import "./absent.js";`]],
    ["counts a file that is no JavaScript", "2 passed, 1 failed", 1, [good, `it("`]],
    ["counts a file without tests", "2 passed, 1 failed", 1, [good, "export {};"]],
    [
      "counts an unhandled rejection",
      "3 passed, 1 failed",
      1,
      [good, `it("careless", () => { void Promise.reject(new Error("nobody")); });`],
    ],
    [
      "counts an error thrown in a callback of the loop",
      "3 passed, 1 failed",
      1,
      [
        good,
        `it("careless", () => new Promise((resolve) => { setImmediate(resolve); setImmediate(() => { throw new Error("nobody"); }); }));`,
      ],
    ],
    [
      "counts a failing beforeAll, whose tests did not run",
      "2 passed, 1 failed, 1 skipped",
      1,
      [good, `describe("suite", () => { beforeAll(() => { throw new Error(); }); it("one", () => {}); });`],
    ],
    [
      "counts a failing afterAll",
      "3 passed, 1 failed",
      1,
      [good, `describe("suite", () => { afterAll(() => { throw new Error(); }); it("one", () => {}); });`],
    ],
    [
      "counts a failing hook of a whole file",
      "3 passed, 1 failed",
      1,
      [good, `afterAll(() => { throw new Error(); }); it("one", () => {});`],
    ],
    [
      "counts a failing afterEach as its test's failure",
      "2 passed, 1 failed",
      1,
      [good, `afterEach(() => { throw new Error(); }); it("one", () => {});`],
    ],
  ])("%s", async (_, line, code, sources) => {
    expect(await lastLine(...sources)).toEqual({ line, code });
  });
});
