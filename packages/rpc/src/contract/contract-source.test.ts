import fc from "fast-check";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { type Contract, contract } from "./contract.ts";
import { contractSource } from "./contract-source.ts";
import { openRpcDocument } from "./open-rpc-document.ts";
import { commentSource, literalSource, stringSource } from "./source-text.ts";

/** Runs the module, which has no types to be stripped, and returns the one contract that it exports. */
function evaluated(source: string): Contract {
  const body = source
    .replace(/^import \{ contract \} from "@parley\/rpc";\n/, "")
    .replace(/^export const [A-Za-z][A-Za-z0-9]* = /m, "return ");
  // oxlint-disable-next-line typescript/no-implied-eval -- what is generated is to be run.
  return new Function("contract", body)(contract) as Contract;
}

const calculator = contract("my calculator", {
  methods: {
    add: {
      params: Type.Object({ a: Type.Number(), b: Type.Number() }),
      result: Type.Number(),
      description: "Adds.",
      idempotent: true,
    },
    "math.divide": {
      params: Type.Object({
        dividend: Type.Number(),
        divisor: Type.Number({ description: "Not zero, or there is an error." }),
      }),
      errors: {
        zero: { code: 1, message: "Division by zero.", data: Type.Object({ dividend: Type.Number() }) },
      },
      description: "Divides.\n\nNot by zero.",
    },
    reset: {},
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});

describe("the source of a contract", () => {
  it("reads as a person would have written it", () => {
    expect(contractSource(openRpcDocument(calculator))).toBe(`import { contract } from "@parley/rpc";

export const myCalculator = contract("my calculator", {
  methods: {
    /** Adds. */
    add: {
      description: "Adds.",
      params: {
        type: "object",
        properties: { a: { type: "number" }, b: { type: "number" } },
        required: ["a", "b"],
      },
      result: { type: "number" },
      idempotent: true,
    },
    /**
     * Divides.
     *
     * Not by zero.
     */
    "math.divide": {
      description: "Divides.\\n\\nNot by zero.",
      params: {
        type: "object",
        properties: {
          dividend: { type: "number" },
          divisor: { type: "number", description: "Not zero, or there is an error." },
        },
        required: ["dividend", "divisor"],
      },
      errors: {
        zero: {
          code: 1,
          message: "Division by zero.",
          data: {
            type: "object",
            required: ["dividend"],
            properties: { dividend: { type: "number" } },
          },
        },
      },
    },
    reset: {},
  },
  events: {
    tick: { type: "object", required: ["at"], properties: { at: { type: "integer" } } },
  },
});
`);
  });

  it("comes to the same contract", () => {
    const document = openRpcDocument(calculator);
    expect(openRpcDocument(evaluated(contractSource(document)))).toEqual(document);
  });

  it.each([
    ["class", "classContract"],
    ["contract", "contractContract"],
    ["3d", "service3d"],
    ["", "service"],
    ["\u202e; process.exit() //", "processExit"],
    ["User Service", "userService"],
  ])("names the contract %j %s", (title, constant) => {
    const document = { openrpc: "1.3.2", info: { title }, methods: [] };
    expect(contractSource(document)).toContain(`export const ${constant} = contract(`);
  });

  it("imports from where it is told to", () => {
    const document = openRpcDocument(contract("c", {}));
    expect(contractSource(document, { from: './rpc";' })).toBe(
      'import { contract } from "./rpc\\";";\n\nexport const c = contract("c", {});\n',
    );
  });

  it("holds whatever the document says, without a way out of strings and comments", () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "__proto__",
        "*/ throw 1; /*",
        "`${1}`",
        "\u2028",
        '"); throw 1; ("',
        "\\",
        "\ud800",
        "constructor",
        "\r\n*/",
      ),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(nasty, { minLength: 4, maxLength: 4 }),
        ([title, name, property, description]) => {
          if (name === "" || name?.startsWith("$/") || name?.startsWith("rpc.")) return;
          const document = {
            openrpc: "1.3.2",
            info: { title },
            methods: [
              {
                name,
                description,
                params: [
                  {
                    name: property === "__proto__" ? "p" : property,
                    schema: { const: description, title: name },
                  },
                ],
                result: { name: "r", schema: { enum: [title, { ["__proto__"]: name }] } },
                errors: [{ code: 1, message: description }],
              },
            ],
          };
          const source = contractSource(document);
          expect(source).not.toMatch(/[\u2028\u2029\u202a-\u202e]/);
          const method = evaluated(source).methods.get(name as string);
          expect(method).toMatchObject({
            description,
            params: {
              properties: { [property === "__proto__" ? "p" : (property as string)]: { const: description } },
            },
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("source text", () => {
  it("writes any JSON as a literal of the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // oxlint-disable-next-line typescript/no-implied-eval -- what is generated is to be run.
        const written = new Function(`return ${literalSource(value)}`)() as unknown;
        expect(JSON.stringify(written)).toBe(JSON.stringify(value));
      }),
    );
  });

  it("escapes what reorders or hides text", () => {
    expect(stringSource('a"\u202e\u200b\ufeff\u2028é')).toBe('"a\\"\\u202e\\u200b\\ufeff\\u2028é"');
    expect(commentSource("a\u202e */ b", "")).toBe("/** a *\\/ b */\n");
    expect(commentSource("\n\n", "")).toBe("");
  });
});
