import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Bytes } from "@parley/core";
import { Type } from "typebox";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BigInteger } from "../src/contract/big-integer.ts";
import { contract } from "../src/contract/contract.ts";
import { contractSource } from "../src/contract/contract-source.ts";
import { openRpcDocument } from "../src/contract/open-rpc-document.ts";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));

/** How many methods the contract has. */
const count = 200;
/** Type instantiations that a method may cost, its declaration, an implementation and a call of it included. */
const maxInstantiationsEach = 2500;
/** What its declaration may take. */
const maxDeclarationBytesEach = 1500;

let directory: string;
beforeAll(async () => {
  // Within the package, so that its dependencies are found from there; `dist` is not kept.
  await mkdir(join(here, "../dist"), { recursive: true });
  directory = await mkdtemp(join(here, "../dist/contract-scale-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** The definition of a method, of four kinds in turn. */
function definition(index: number): string {
  const kinds = [
    `{
      params: Type.Object({ id: Type.Integer(), name: Type.String({ maxLength: 64 }), tags: Type.Optional(Type.Array(Type.String())) }),
      result: Type.Object({ id: Type.Integer(), state: Type.Union([Type.Literal("new"), Type.Literal("done")]), at: Type.Number() }),
      errors: { notFound: { code: 404 }, conflict: { code: 409, data: Type.Object({ id: Type.Integer() }) } },
    }`,
    `{
      params: {
        type: "object",
        properties: { id: { type: "integer" }, kind: { enum: ["a", "b"] }, data: { bytes: true }, more: { type: "array", items: { type: "string" } } },
        required: ["id", "kind"],
      },
      result: { anyOf: [{ type: "null" }, { type: "object", properties: { at: { type: "number" } }, required: ["at"] }] },
      idempotent: true,
    }`,
    `{ params: Type.Object({ from: Type.Integer() }), output: Type.Object({ index: Type.Integer(), text: Type.String() }) }`,
    `{ params: z.object({ page: z.number(), filter: z.string().optional() }), result: z.array(z.object({ id: z.number() })) }`,
  ];
  return kinds[index % kinds.length] as string;
}

/** What a caller gives such a method. */
function argument(index: number): string {
  const kinds = [`{ id: 1, name: "x" }`, `{ id: 1, kind: "a" }`, `{ from: 1 }`, `{ page: 1 }`];
  return kinds[index % kinds.length] as string;
}

function implementation(index: number): string {
  const kinds = [
    `({ id }) => ({ id, state: "new", at: id })`,
    `({ id }) => (id > 0 ? { at: id } : null)`,
    `async function* ({ from }) { yield { index: from, text: "x" }; }`,
    `({ page }) => [{ id: page }]`,
  ];
  return kinds[index % kinds.length] as string;
}

/** A module with a contract of so many methods, all of them implemented and called. */
function moduleOf(methods: number): string {
  const indices = Array.from({ length: methods }, (_, index) => index);
  return `import { Type } from "typebox";
import { z } from "zod";
import { contract, type SignatureOf } from "../../src/contract/contract.ts";
import type { Implementation } from "../../src/service/implementation.ts";
import type { Caller } from "../../src/session/caller.ts";

export const service = contract("service", {
  methods: {
${indices.map((index) => `    method${index}: ${definition(index)},\n`).join("")}  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});
type Service = SignatureOf<typeof service>;
export const implementation: Implementation<Service> = {
${indices.map((index) => `  method${index}: ${implementation(index)},\n`).join("")}};
export function use(caller: Caller<Service>): unknown[] {
  return [
    Type, z, caller,
${indices.map((index) => `    caller.${index % 4 === 2 ? "stream" : "call"}("method${index}", ${argument(index)}),\n`).join("")}  ];
}
`;
}

async function compile(name: string, source: string) {
  const config = join(directory, `${name}.json`);
  await writeFile(join(directory, `${name}.ts`), source);
  await writeFile(
    config,
    JSON.stringify({
      extends: "../../../../tsconfig.base.json",
      compilerOptions: {
        composite: false,
        declarationMap: false,
        isolatedDeclarations: false,
        sourceMap: false,
        rootDir: "../../..",
        outDir: name,
        types: ["node"],
      },
      files: [`${name}.ts`],
    }),
  );
  const { stdout } = await run(process.execPath, [tsc, "-p", config, "--extendedDiagnostics"]).catch(
    (error: { stdout: string }) => {
      throw new Error(error.stdout);
    },
  );
  const figure = (title: string) => Number(new RegExp(`^${title}:\\s+([\\d.]+)`, "m").exec(stdout)?.[1]);
  const emitted = join(directory, name, "rpc/dist", directory.split("/").at(-1) as string, `${name}.d.ts`);
  return {
    instantiations: figure("Instantiations"),
    checkSeconds: figure("Check time"),
    declaration: await readFile(emitted, "utf8"),
  };
}

it("a contract of 200 methods costs the compiler little, and its declaration can be read", async () => {
  const none = await compile("none", moduleOf(0));
  const many = await compile("many", moduleOf(count));
  const each = Math.round((many.instantiations - none.instantiations) / count);
  const { declaration } = many;
  const bytesEach = Math.round((declaration.length - none.declaration.length) / count);
  console.log(
    `${count} methods: ${each} instantiations and ${bytesEach} bytes of declaration each, ` +
      `checked in ${many.checkSeconds} s; without them, ${none.checkSeconds} s`,
  );
  expect(each).toBeGreaterThan(0);
  expect(each).toBeLessThan(maxInstantiationsEach);
  expect(bytesEach).toBeLessThan(maxDeclarationBytesEach);
  expect(declaration).not.toMatch(/typebox|zod|TObject|MethodOf|WaysOf|JsonSchemaType|~standard/);
  expect(declaration).toContain(`
        readonly method1: {
            readonly params: import("../../src/contract/signature.ts").Value<{
                data?: Uint8Array<ArrayBufferLike>;
                id: number;
                kind: "a" | "b";
                more?: string[];
            }>;
            readonly result: import("../../src/contract/signature.ts").Value<{
                at: number;
            } | null>;
            readonly input: null;
            readonly output: null;
`);
});

it("the source that is generated of a document compiles, to the same types", async () => {
  const add = {
    params: Type.Object({ a: Type.Number(), data: Type.Optional(Bytes()) }),
    result: Type.Union([Type.Literal("x"), Type.Null()]),
    errors: { zero: { code: 1, data: Type.Object({ a: BigInteger() }) } },
    description: "Adds. */ export const broken = ; /*",
  };
  const original = contract("original", { methods: { add, "a b": {} }, events: { tick: Type.Object({}) } });
  const source = contractSource(openRpcDocument(original), { from: "../../src/contract/contract.ts" });
  const { declaration } = await compile("generated", source);
  const value = 'import("../../src/contract/signature.ts").Value';
  expect(declaration).toBe(`export declare const original: import("../../src/contract/contract.ts").Contract<{
    readonly methods: {
        readonly add: {
            readonly params: ${value}<{
                a: number;
                data?: Uint8Array<ArrayBufferLike>;
            }>;
            readonly result: ${value}<"x" | null>;
            readonly input: null;
            readonly output: null;
            readonly errors: {
                readonly zero: {
                    a: bigint;
                };
            };
        };
        readonly "a b": {
            readonly params: ${value}<undefined>;
            readonly result: ${value}<void>;
            readonly input: null;
            readonly output: null;
            readonly errors: Record<never, never>;
        };
    };
    readonly events: {
        readonly tick: ${value}<{}>;
    };
    readonly notifications: {};
}>;
`);
});
