import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openRpcDocument } from "@parley/rpc";
import { afterEach, describe, expect, it } from "vitest";
import { calculator } from "../src/calculator.ts";
import { Child, parley } from "./child.ts";
import { notFound, serveForeign } from "./foreign-server.ts";
import { calculatorHere } from "./here.ts";

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
const root = fileURLToPath(new URL("../", import.meta.url));
const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const user = `
import { createClient } from "@parley/client";
import { calculator } from "./calculator.ts";
const client = createClient(calculator, process.argv[2] ?? "");
const sum: number = await client.call("add", { a: 1, b: 2 });
// @ts-expect-error: a is a number.
const refused = await client.call("add", { a: "1", b: 2 }).catch((error: Error) => error.name);
const items: number[] = [];
for await (const item of client.stream("countdown", { from: 2 })) items.push(item);
process.stdout.write(JSON.stringify([sum, refused, items]));
await client.close();
`;

describe("parley discover", () => {
  it("prints the OpenRPC document", async () => {
    const { url } = await calculatorHere();
    const child = parley("discover", url);
    expect(await child.ended).toBe(0);
    expect(JSON.parse(child.stdout)).toEqual(openRpcDocument(calculator));
    expect(child.stdout).toMatch(/^\{\n {2}"openrpc"/);
  });

  it("says so if there is none", async () => {
    const { url } = await serveForeign(() => notFound);
    const child = parley("discover", url);
    expect([await child.ended, child.stdout, child.stderr]).toEqual([
      1,
      "",
      `parley: The server at ${url} does not tell what it offers: it knows no rpc.discover.\n`,
    ]);
  });
});

describe("parley types", () => {
  it("prints a contract that TypeScript takes and a client works with", async () => {
    const { url } = await calculatorHere();
    const printed = parley("types", url);
    expect([await printed.ended, printed.stderr]).toEqual([0, ""]);
    // Where the packages are found that it imports.
    const directory = mkdtempSync(join(root, "node_modules/.types-"));
    directories.push(directory);
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    writeFileSync(join(directory, "calculator.ts"), printed.stdout);
    writeFileSync(join(directory, "user.ts"), user);
    writeFileSync(
      join(directory, "tsconfig.json"),
      JSON.stringify({
        extends: join(root, "../../tsconfig.tests.json"),
        compilerOptions: { typeRoots: [join(root, "../../node_modules/@types")] },
        include: [],
        exclude: [],
        files: ["user.ts"],
      }),
    );
    const compiled = new Child(process.execPath, [tsc, "-p", directory]);
    const tsx = pathToFileURL(require.resolve("tsx")).href;
    const run = new Child(process.execPath, ["--import", tsx, join(directory, "user.ts"), url]);
    expect([await compiled.ended, compiled.stdout]).toEqual([0, ""]);
    expect([await run.ended, run.stderr, run.stdout]).toEqual([0, "", '[3,"MismatchError",[2,1]]']);
  }, 120_000);
});
