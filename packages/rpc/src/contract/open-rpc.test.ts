import { Bytes, ParleyError } from "@parley/core";
import fc from "fast-check";
import { Type } from "typebox";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { BigInteger } from "./big-integer.ts";
import { compiled } from "./compiled.ts";
import { contract } from "./contract.ts";
import { contractOf } from "./contract-of.ts";
import { openRpcDocument } from "./open-rpc-document.ts";

const sum = Type.Object({ a: Type.Number(), b: Type.Optional(Type.Number()) });
const Node = Type.Object({ value: Type.Number(), next: Type.Optional(Type.Ref("Node")) });
const everything = contract("everything", {
  methods: {
    add: {
      params: sum,
      result: Type.Number(),
      description: "Adds.",
      errors: { tooLarge: { code: 1, data: sum }, odd: { code: 2, message: "Odd." } },
    },
    "math.closed": {
      params: Type.Object({ a: Type.Number() }, { additionalProperties: false }),
      idempotent: true,
    },
    tuple: { params: Type.Tuple([Type.Number(), Type.String()]) },
    list: { params: Type.Array(Type.Number()) },
    tree: { params: Type.Cyclic({ Node }, "Node"), result: Type.Cyclic({ Node }, "Node") },
    "odd/name~": {
      params: { type: "object", properties: { "a/b~c d": { $ref: "#/$defs/X" } }, $defs: { X: Bytes() } },
    },
    chat: { input: Type.String(), output: Bytes(), idempotent: false },
    big: { result: BigInteger() },
    nothing: {},
    nil: { result: Type.Null() },
    ["__proto__"]: {},
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
  notifications: { seen: Type.Object({ id: Type.String({ pattern: "^[a-z]+$" }) }) },
});

function malformed(document: unknown): string {
  try {
    contractOf(document);
  } catch (error) {
    expect(error).toBeInstanceOf(ParleyError);
    expect(error).toMatchObject({ code: "malformed", blame: "remote" });
    return (error as Error).message;
  }
  return "none";
}

/** A document of one method. */
function documentOf(method: object): object {
  return {
    openrpc: "1.2.6",
    info: { title: "t", version: "1" },
    methods: [{ name: "m", params: [], result: { name: "r", schema: true }, ...method }],
  };
}

/** How the method of such a document is defined. */
function definitionOf(method: object) {
  return contractOf(documentOf(method)).methods.get("m");
}

describe("the OpenRPC document of a contract", () => {
  const document = openRpcDocument(everything) as {
    openrpc: string;
    info: object;
    methods: { name: string }[];
    components: { schemas: object };
  };

  it("says what OpenRPC has words for in them, and the rest under x-parley", () => {
    expect(document.openrpc).toMatch(/^1\.3\./);
    expect(document.info).toEqual({ title: "everything", version: "0.0.0" });
    expect(document.methods[0]).toEqual({
      name: "add",
      description: "Adds.",
      params: [
        { name: "a", required: true, schema: { type: "number" } },
        { name: "b", required: false, schema: { type: "number" } },
      ],
      paramStructure: "either",
      result: { name: "result", schema: { type: "number" } },
      errors: [
        { code: 1, message: "tooLarge" },
        { code: 2, message: "Odd." },
      ],
      "x-parley": { errors: { tooLarge: { code: 1, data: sum }, odd: { code: 2, message: "Odd." } } },
    });
    expect(document.methods.find(({ name }) => name === "chat")).toMatchObject({
      result: { schema: { type: "null" } },
      "x-parley": { noResult: true, input: { type: "string" }, output: { bytes: true }, idempotent: false },
    });
    expect(document.methods.find(({ name }) => name === "tuple")).toMatchObject({
      paramStructure: "by-position",
    });
    expect(document).toMatchObject({ "x-parley": { events: { tick: { type: "object" } } } });
  });

  it("has schemas that refer to themselves as components, with references that hold in the document", () => {
    expect(document.methods.find(({ name }) => name === "tree")).toMatchObject({
      params: [
        { name: "value", schema: { $ref: "#/components/schemas/tree.params/$defs/Node/properties/value" } },
        { name: "next" },
      ],
      result: { schema: { $ref: "#/components/schemas/tree.result" } },
    });
    expect(Object.keys(document.components.schemas)).toEqual([
      "tree.params",
      "tree.result",
      "odd_name_.params",
    ]);
  });

  it("is JSON, and comes to the same contract", () => {
    const back = contractOf(JSON.parse(JSON.stringify(document)));
    const again = openRpcDocument(back) as typeof document;
    expect(back.name).toBe("everything");
    const simple = (name: string) => name !== "tree" && name !== "odd/name~";
    for (const [name, method] of everything.methods) {
      if (simple(name)) expect(back.methods.get(name)).toEqual(method);
    }
    expect([...back.methods.keys()]).toEqual([...everything.methods.keys()]);
    expect(back.events).toEqual(everything.events);
    expect(back.notifications).toEqual(everything.notifications);
    expect(again.methods.filter(({ name }) => simple(name))).toEqual(
      document.methods.filter(({ name }) => simple(name)),
    );
  });

  it("comes to a contract with which values are checked alike", () => {
    const one = compiled(everything);
    const other = compiled(contractOf(JSON.parse(JSON.stringify(document))));
    const tree = fc.letrec((tie) => ({
      node: fc.record(
        { value: fc.oneof({ weight: 9, arbitrary: fc.integer() }, fc.string()), next: tie("node") },
        { requiredKeys: ["value"] },
      ),
    })).node;
    const values = { tree, "odd/name~": fc.record({ "a/b~c d": fc.string() }) };
    for (const [name, arbitrary] of Object.entries(values)) {
      fc.assert(
        fc.property(arbitrary, (value) => {
          const outcome = ({ methods }: typeof one) => {
            try {
              return methods.get(name)?.params.fromWire(value, "json");
            } catch (error) {
              return (error as Error).message;
            }
          };
          expect(outcome(other)).toEqual(outcome(one));
        }),
      );
    }
  });

  it("has the JSON Schema of a Standard Schema if there is one, and says so if not", () => {
    const standards = contract("s", {
      methods: {
        zod: { params: z.object({ at: z.string().transform(Number) }) },
        valibot: { params: v.object({ a: v.number() }) },
      },
    });
    expect(openRpcDocument(standards)).toMatchObject({
      methods: [
        { params: [{ name: "at", required: true, schema: { type: "string" } }], paramStructure: "either" },
        {
          params: [],
          paramStructure: "by-name",
          "x-parley": { params: { $comment: "Checked by a schema of valibot that offers no JSON Schema." } },
        },
      ],
    });
  });
});

describe("the contract of a document that others wrote", () => {
  it("follows references to components", () => {
    const back = contractOf({
      openrpc: "1.2.6",
      info: { title: "petstore", version: "1" },
      methods: [
        {
          name: "list",
          summary: "Lists.",
          params: [{ $ref: "#/components/contentDescriptors/Limit" }],
          result: { name: "pets", schema: { type: "array", items: { $ref: "#/components/schemas/Pet" } } },
          errors: [
            { $ref: "#/components/errors/Gone" },
            { code: -32000, message: "x" },
            { code: 7, message: "!" },
          ],
        },
        { name: "rpc.discover", params: [], result: { name: "doc", schema: {} } },
        { name: "log", params: [{ name: "text", schema: { type: "string" } }] },
      ],
      components: {
        schemas: {
          Pet: {
            type: "object",
            properties: {
              tag: { $ref: "#/components/schemas/Tag" },
              mother: { $ref: "#/components/schemas/Pet" },
            },
          },
          Tag: { type: "string", format: "colour", nullable: true },
        },
        contentDescriptors: { Limit: { name: "limit", required: true, schema: { type: "integer" } } },
        errors: { Gone: { code: 410, message: "Gone for good." } },
      },
    });
    expect(back.methods).toEqual(
      new Map([
        [
          "list",
          {
            description: "Lists.",
            params: { type: "object", properties: { limit: { type: "integer" } }, required: ["limit"] },
            result: {
              type: "array",
              items: { $ref: "#/$defs/Pet" },
              $defs: {
                Pet: {
                  type: "object",
                  properties: { tag: { $ref: "#/$defs/Tag" }, mother: { $ref: "#/$defs/Pet" } },
                },
                Tag: { type: ["string", "null"] },
              },
            },
            errors: {
              goneForGood: { code: 410, message: "Gone for good." },
              error7: { code: 7, message: "!" },
            },
          },
        ],
      ]),
    );
    expect([...back.notifications.keys()]).toEqual(["log"]);
  });

  it.each([
    [{ type: "string", pattern: "(a+)+$" }, { type: "string" }],
    [
      { type: "string", pattern: "^a*a*$", maxLength: 3 },
      { type: "string", maxLength: 3 },
    ],
    [{ "x-a": 1, unevaluatedProperties: false, minimum: 1 }, { minimum: 1 }],
    [
      { prefixItems: [{ type: "number" }], items: false },
      { items: [{ type: "number" }], additionalItems: false },
    ],
    [{ uniqueItems: true }, {}],
    [{ exclusiveMinimum: true, minimum: 1, required: true }, { minimum: 1 }],
    [{ not: { format: "colour" } }, {}],
    [{ not: { type: "string" } }, { not: { type: "string" } }],
    [{ if: { nope: 1 }, then: { minimum: 1 } }, { then: { minimum: 1 } }],
    [{ oneOf: [{ format: "colour" }, { type: "null" }] }, { anyOf: [{}, { type: "null" }] }],
    [{ oneOf: [{ type: "number" }, { type: "null" }] }, { oneOf: [{ type: "number" }, { type: "null" }] }],
    [{ patternProperties: { "(a+)+": {} }, additionalProperties: false }, { patternProperties: {} }],
    [{ $ref: "https://example.org/schema" }, {}],
    [false, { not: {} }],
  ])("takes %j for %j", (schema, taken) => {
    expect(definitionOf({ result: { name: "r", schema } })?.result).toEqual(taken);
  });

  it.each([
    [null, "The document is no object"],
    [{}, "no member openrpc"],
    [{ openrpc: "1.3.2", info: 1, methods: [] }, "Its info is no object"],
    [{ openrpc: "1.3.2", info: {}, methods: {} }, "Its methods are no list"],
    [{ openrpc: "1.3.2", info: {}, methods: [{}] }, "The method 0 has no name"],
    [{ openrpc: "1.3.2", info: {}, methods: [], "x-parley": { events: 1 } }, "Its events is no object"],
    [documentOf({ params: {} }), 'The method "m" has params that are no list'],
    [documentOf({ params: [1] }), "parameter 0, is no object"],
    [documentOf({ params: [{ schema: {} }] }), "parameter 0, has no name"],
    [documentOf({ errors: [{ message: "x" }] }), "has an error without a code"],
    [documentOf({ result: { $ref: "#/methods/0/result" } }), "leads to no end"],
    [
      documentOf({ result: { schema: { type: "text" } } }),
      'The method "m", result of the contract "t" at /type has a value of the wrong kind',
    ],
    [documentOf({ result: { schema: { $ref: "#/nowhere" } } }), "is not within the schema"],
    [documentOf({ name: "$/cancelRequest" }), "begins with $/"],
    [documentOf({ "x-parley": { input: 1 } }), "is no schema"],
    [documentOf({ "x-parley": { errors: { e: { code: -32000 } } } }), "outside -32768 to -32000"],
  ])("%j is refused", (document, why) => {
    expect(malformed(document)).toContain(why);
  });

  it("is refused if a small document comes to very many schemas", () => {
    const large = {
      type: "object",
      properties: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, {}])),
    };
    const method = { params: [], result: { name: "r", schema: { $ref: "#/components/schemas/L" } } };
    const methods = Array.from({ length: 1000 }, (_, index) => ({ name: `m${index}`, ...method }));
    expect(
      malformed({ openrpc: "1.3.2", info: {}, methods, components: { schemas: { L: large } } }),
    ).toContain("more than 50000 schemas");
  });

  it("is refused if it nests too deeply", () => {
    let schema: object = {};
    for (let depth = 0; depth < 100_000; depth += 1) schema = { not: schema };
    expect(malformed(documentOf({ result: { schema } }))).toContain("nests too deeply");
  });

  it("is made, or refused as malformed, whatever it is", () => {
    const key = fc.constantFrom(
      "$ref",
      "type",
      "properties",
      "items",
      "anyOf",
      "not",
      "pattern",
      "required",
      "x",
      "bytes",
      "__proto__",
      "$defs",
      "enum",
    );
    const schema = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(
          "object",
          "string",
          "#",
          "#/methods/0",
          "#/components/schemas/A",
          "(a+)+",
          1,
          null,
          true,
          false,
        ),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(key, tie("any"), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(schema, schema, (one, two) => {
        const document = {
          ...documentOf({ params: [{ name: "a", schema: one }], result: { schema: two } }),
          components: { schemas: { A: two } },
        };
        if (malformed(document) !== "none") return;
        const { params, result } = compiled(contractOf(document)).methods.get("m") ?? {};
        for (const value of [{}, { a: 1 }, ["x"], 1]) {
          try {
            params?.fromWire(value, "json");
            result?.fromWire(value, "json");
          } catch (error) {
            expect((error as Error).constructor.name).toBe("Mismatch");
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
