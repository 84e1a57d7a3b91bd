import { Bytes, ParleyError } from "@parley/core";
import fc from "fast-check";
import { Type } from "typebox";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { BigInteger } from "./big-integer.ts";
import { compiled } from "./compiled.ts";
import type { CompiledMethod, ValueCheck } from "./compiled-contract.ts";
import { contract } from "./contract.ts";
import { Mismatch, type MismatchIssue } from "./mismatch.ts";

/** The check of a result of the schema. */
function checkOf(schema: object): ValueCheck {
  return methodOf({ result: schema }).result;
}

function methodOf(definition: object): CompiledMethod {
  return compiled(contract("c", { methods: { m: definition } })).methods.get("m") as CompiledMethod;
}

function issuesIn(run: () => unknown): readonly MismatchIssue[] {
  try {
    run();
  } catch (error) {
    if (error instanceof Mismatch) return error.issues;
    throw error;
  }
  return [];
}

function issues(schema: object, value: unknown): readonly MismatchIssue[] {
  return issuesIn(() => checkOf(schema).fromWire(value, "json"));
}

describe("a contract that is compiled", () => {
  it("is the same for the same contract", () => {
    const calculator = contract("calculator", { methods: { add: {} }, events: { tick: Type.Object({}) } });
    expect(compiled(calculator)).toBe(compiled(calculator));
    expect([...compiled(calculator).events.keys()]).toEqual(["tick"]);
  });

  it("has what the definition says of a method, and defaults for the rest", () => {
    const method = methodOf({
      idempotent: true,
      errors: { zero: { code: 1 }, odd: { code: 2, message: "Odd." } },
    });
    expect(method).toMatchObject({ name: "m", idempotent: true, input: null, output: null });
    expect(method.errors.get("zero")).toEqual({ name: "zero", code: 1, message: "zero", data: null });
    expect(method.errors.get("odd")?.message).toBe("Odd.");
    expect(methodOf({}).idempotent).toBe(false);
  });

  it("lets values through as they are, not copied", () => {
    const value = { a: [1] };
    const check = checkOf(Type.Object({ a: Type.Array(Type.Number()) }));
    expect(check.toWire(value, "json")).toBe(value);
    expect(check.fromWire(value, "json")).toBe(value);
    expect(check.fromWire(value, "msgpack")).toBe(value);
  });

  it("has checks for what is not there", () => {
    const { params, result } = methodOf({});
    for (const nothing of [undefined, null, {}, []]) expect(params.fromWire(nothing, "json")).toBeUndefined();
    expect(issuesIn(() => params.fromWire([1], "json"))).toEqual([
      { path: "", expected: "absent, as there are no parameters", actual: "1 parameter" },
    ]);
    expect(result.toWire({ secret: 1 }, "json")).toBeNull();
    expect(result.fromWire("whatever", "json")).toBeUndefined();
  });
});

describe("a mismatch", () => {
  const sum = Type.Object({ a: Type.Number(), b: Type.Number() }, { additionalProperties: false });

  it("names the type", () => {
    expect(issues(sum, { a: "x", b: null })).toEqual([
      { path: "/a", expected: "number", actual: "string" },
      { path: "/b", expected: "number", actual: "null" },
    ]);
    expect(issues(sum, [])).toEqual([{ path: "", expected: "object", actual: "array" }]);
  });

  it("names what is missing, and what is too much", () => {
    expect(issues(sum, { a: 1 })).toEqual([{ path: "/b", expected: "number", actual: "nothing" }]);
    expect(issues(sum, { a: 1, b: 2, c: [3] })).toEqual([
      { path: "/c", expected: "absent", actual: "array" },
    ]);
  });

  it.each([
    [{ enum: ["a", "b"] }, "c", 'one of "a", "b"', '"c"'],
    [{ const: 1 }, 2, "1", "2"],
    [{ type: "number", minimum: 1 }, 0, "at least 1", "0"],
    [{ type: "number", maximum: 1 }, 2, "at most 1", "2"],
    [{ type: "number", exclusiveMinimum: 1 }, 1, "more than 1", "1"],
    [{ type: "number", exclusiveMaximum: 1 }, 1, "less than 1", "1"],
    [{ type: "number", multipleOf: 2 }, 3, "a multiple of 2", "3"],
    [{ type: "integer" }, 1.5, "integer", "1.5"],
    [{ type: "integer" }, 2 ** 53, "integer within ±9007199254740991", "9007199254740992"],
    [{ type: ["string", "null"] }, 1, "string or null", "number"],
    [{ type: "string", minLength: 2 }, "x", "at least 2 characters", "1 character"],
    [{ type: "string", maxLength: 1 }, "😀😀", "at most 1 character", "2 characters"],
    [{ type: "string", pattern: "^a" }, "b", "a string that matches ^a", '"b"'],
    [{ type: "string", format: "uuid" }, "b", "a string of the format uuid", '"b"'],
    [{ type: "array", minItems: 1 }, [], "at least 1 item", "0 items"],
    [{ type: "array", maxItems: 1 }, [1, 2], "at most 1 item", "2 items"],
    [
      { type: "array", items: { type: "number" }, uniqueItems: true },
      [1, 1],
      "items that differ",
      "items 0 and 1 alike",
    ],
    [{ type: "array", contains: { const: 1 } }, [2], "an array with an item that matches", "1 item"],
    [{ type: "object", minProperties: 1 }, {}, "at least 1 member", "0 members"],
    [{ type: "object", maxProperties: 0 }, { a: 1 }, "at most 0 members", "1 member"],
    [{ not: { const: 1 } }, 1, "anything else", "1"],
    [{ anyOf: [{ type: "number" }, { type: "null" }] }, "x", "number or null", '"x"'],
    [{ oneOf: [{ type: "number" }, { type: "integer" }] }, 1, "of exactly one of the forms", "number"],
    [{ if: { const: 1 }, then: { const: 2 } }, 1, "2", "1"],
    [Bytes(), "?", "base64", '"?"'],
    [BigInteger(), "1.5", "integer as a decimal string", '"1.5"'],
  ])("with %j of %j says %s, not %s", (schema, value, expected, actual) => {
    expect(issues(schema, value)).toEqual([{ path: "", expected, actual }]);
  });

  it("names the place of a name that is not allowed, and of a dependency", () => {
    expect(issues({ type: "object", propertyNames: { maxLength: 1 } }, { ab: 1 })).toEqual([
      { path: "/ab", expected: "a name that is allowed", actual: "another" },
    ]);
    expect(issues({ type: "object", dependencies: { a: ["b"] } }, { a: 1 })).toEqual([
      { path: "/b", expected: "a value", actual: "nothing" },
    ]);
  });

  it("is that of the branch that was meant", () => {
    const shape = Type.Union([
      Type.Object({ kind: Type.Literal("circle"), radius: Type.Number() }),
      Type.Object({ kind: Type.Literal("square"), side: Type.Number({ minimum: 1 }) }),
    ]);
    const list = Type.Object({ shapes: Type.Array(shape) });
    expect(
      issues(list, {
        shapes: [
          { kind: "circle", radius: 1 },
          { kind: "square", side: 0 },
        ],
      }),
    ).toEqual([{ path: "/shapes/1/side", expected: "at least 1", actual: "0" }]);
    expect(issues(list, { shapes: [{ kind: "line" }] })).toEqual([
      { path: "/shapes/0", expected: "object", actual: "object" },
    ]);
  });

  it("tells at most ten of several, and of a huge value one", () => {
    const numbers = Type.Array(Type.Number());
    expect(issues(numbers, new Array(50).fill("x"))).toHaveLength(10);
    expect(issues(numbers, new Array(1_000_000).fill("x"))).toHaveLength(1);
  });

  it("does not echo what is long or cannot be printed", () => {
    const told = issues(Type.Object({}, { additionalProperties: Type.Literal("a") }), {
      ["n".repeat(1000)]: "v".repeat(1000),
      "\u001b[31m\u202e": "\u0007",
    });
    expect(told).toEqual([
      { path: `/${"n".repeat(32)}…`, expected: '"a"', actual: "string of 1000 characters" },
      { path: "/?[31m?…", expected: '"a"', actual: "string of 1 character" },
    ]);
  });

  it("knows the properties of an object from those that every object seems to have", () => {
    const schema = Type.Object({ constructor: Type.Optional(Type.String()), toString: Type.Number() });
    expect(issues(schema, {})).toEqual([{ path: "/toString", expected: "number", actual: "nothing" }]);
    expect(issues(schema, { toString: 1 })).toEqual([]);
  });

  it("is also of a value nested too deeply to be checked", () => {
    const list = { type: "object", properties: { next: { $ref: "#" } } };
    let deep = {};
    for (let depth = 0; depth < 1_000_000; depth += 1) deep = { next: deep };
    expect(issues(list, deep)).toEqual([
      { path: "", expected: "nested less deeply", actual: "nested too deeply to be checked" },
    ]);
  });
});

describe("parameters", () => {
  const { params } = methodOf({
    params: Type.Object({ b: Type.Number(), a: Type.Optional(Type.Number()) }),
  });
  const one = methodOf({ params: Type.Object({ list: Type.Array(Type.String()) }) }).params;
  const nested = methodOf({ params: Type.Object({ at: Type.Object({ at: Type.Number() }) }) }).params;

  it("are taken by position, in the order of the properties", () => {
    expect(params.fromWire([1, 2], "json")).toEqual({ b: 1, a: 2 });
    expect(params.fromWire([1], "json")).toEqual({ b: 1 });
    expect(one.fromWire([["x"]], "json")).toEqual({ list: ["x"] });
  });

  it("are taken from an array of one object, if it does not match by position", () => {
    expect(params.fromWire([{ b: 1, a: 2 }], "json")).toEqual({ b: 1, a: 2 });
    expect(nested.fromWire([{ at: 1 }], "json")).toEqual({ at: { at: 1 } });
    expect(nested.fromWire([{ at: { at: 1 } }], "json")).toEqual({ at: { at: 1 } });
    expect(methodOf({ params: Type.Object({}) }).params.fromWire([{}], "json")).toEqual({});
  });

  it("are told of by their names", () => {
    expect(issuesIn(() => params.fromWire(["x"], "json"))).toEqual([
      { path: "/b", expected: "number", actual: "string" },
    ]);
    expect(issuesIn(() => params.fromWire([{ b: "x" }], "json"))).toEqual([
      { path: "/b", expected: "number", actual: "string" },
    ]);
    expect(issuesIn(() => params.fromWire([1, 2, 3], "json"))).toEqual([
      { path: "", expected: "at most 2 parameters by position", actual: "3" },
    ]);
  });

  it("are an empty object, or array, if there are none", () => {
    expect(
      methodOf({ params: Type.Object({ a: Type.Optional(Type.Number()) }) }).params.fromWire(
        undefined,
        "json",
      ),
    ).toEqual({});
    expect(methodOf({ params: Type.Array(Type.Number()) }).params.fromWire(undefined, "json")).toEqual([]);
    expect(issuesIn(() => params.fromWire(undefined, "json"))).toHaveLength(1);
  });

  it("by position are those by name", () => {
    const values = fc.record({ a: fc.integer(), b: fc.string(), c: fc.boolean() });
    const check = methodOf({
      params: Type.Object({ a: Type.Integer(), b: Type.String(), c: Type.Boolean() }),
    }).params;
    fc.assert(
      fc.property(values, (named) => {
        expect(check.fromWire([named.a, named.b, named.c], "json")).toEqual(check.fromWire(named, "json"));
      }),
    );
  });
});

describe("bytes and bigints", () => {
  const schema = Type.Object({
    data: Bytes(),
    count: Type.Optional(BigInteger()),
    list: Type.Array(Type.Union([Bytes(), Type.Null(), Type.Number()])),
    rest: Type.Record(Type.String(), Bytes()),
  });
  const check = checkOf(schema);
  const bytes = fc.uint8Array({ maxLength: 100 });
  const value = fc.record(
    {
      data: bytes,
      count: fc.bigInt(),
      list: fc.array(fc.oneof(bytes, fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true }))),
      rest: fc.dictionary(fc.string(), bytes),
    },
    { requiredKeys: ["data", "list", "rest"] },
  );

  it("come back from JSON as they went", () => {
    fc.assert(
      fc.property(value, (given) => {
        const text = JSON.stringify(check.toWire(given, "json"));
        expect(plain(check.fromWire(JSON.parse(text), "json"))).toEqual(plain(given));
      }),
    );
  });

  it("stand in MessagePack as they are", () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(check.toWire(given, "msgpack")).toBe(given);
        expect(check.fromWire(given, "msgpack")).toBe(given);
      }),
    );
    expect(checkOf(BigInteger()).fromWire(1, "msgpack")).toBe(1n);
  });

  it("are found behind references, branches and conditions", () => {
    const tree = {
      type: "object",
      properties: { data: Bytes(), next: { $ref: "#" } },
    };
    const wire = { data: "AQ==", next: { data: "Ag==", next: {} } };
    const program = { data: Uint8Array.of(1), next: { data: Uint8Array.of(2), next: {} } };
    expect(checkOf(tree).fromWire(wire, "json")).toEqual(program);
    expect(checkOf(tree).toWire(program, "json")).toEqual(wire);
    const either = {
      oneOf: [
        { type: "object", properties: { kind: { const: "text" }, data: { type: "string" } } },
        { type: "object", properties: { kind: { const: "raw" }, data: Bytes() } },
      ],
    };
    expect(checkOf(either).fromWire({ kind: "text", data: "AQ==" }, "json")).toEqual({
      kind: "text",
      data: "AQ==",
    });
    expect(checkOf(either).fromWire({ kind: "raw", data: "AQ==" }, "json")).toEqual({
      kind: "raw",
      data: Uint8Array.of(1),
    });
    const conditional = {
      type: "object",
      if: { properties: { raw: { const: true } }, required: ["raw"] },
      // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema.
      then: { properties: { data: Bytes() } },
    };
    expect(checkOf(conditional).fromWire({ raw: true, data: "" }, "json")).toEqual({
      raw: true,
      data: new Uint8Array(),
    });
    expect(checkOf(conditional).fromWire({ raw: false, data: "" }, "json")).toEqual({ raw: false, data: "" });
  });

  it("leave the value that was given as it is", () => {
    const given = { data: Uint8Array.of(1), list: [Uint8Array.of(2)], rest: {} };
    check.toWire(given, "json");
    expect(given).toEqual({ data: Uint8Array.of(1), list: [Uint8Array.of(2)], rest: {} });
  });

  it("are not other things", () => {
    expect(issuesIn(() => checkOf(Bytes()).toWire("AQ==", "json"))).toEqual([
      { path: "", expected: "bytes", actual: "string" },
    ]);
    for (const bad of ["A", "AQ", "AQ=", "A===", "AQ==AQ==", "AQ=A", "-_8=", " AQ=", 1, null, [1]]) {
      expect(issuesIn(() => checkOf(Bytes()).fromWire(bad, "json"))).toHaveLength(1);
    }
    for (const bad of ["", "1.0", "01", "-", "0x1", "1".repeat(2000), 1, null]) {
      expect(issuesIn(() => checkOf(BigInteger()).fromWire(bad, "json"))).toHaveLength(1);
    }
    expect(issuesIn(() => checkOf(BigInteger()).fromWire(1.5, "msgpack"))).toHaveLength(1);
  });
});

/** Without what JSON does not tell apart: objects with and without a prototype, zeros with and without a sign. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value === "bigint" || typeof value === "number")
    return String(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, member]) => [name, plain(member)]);
}

describe("a Standard Schema", () => {
  const schema = z.object({ at: z.string().transform(Number), name: z.string().optional() });

  it("sends what is given, and takes what the schema makes of it", () => {
    const check = methodOf({ params: schema }).params;
    const given = { at: "1" };
    expect(check.toWire(given, "json")).toBe(given);
    expect(check.fromWire(given, "json")).toEqual({ at: 1 });
    expect(check.fromWire(["1", "x"], "json")).toEqual({ at: 1, name: "x" });
  });

  it("says what it expected", () => {
    expect(issuesIn(() => checkOf(schema).fromWire({ at: 1 }, "json"))).toEqual([
      { path: "/at", expected: "string", actual: "1" },
    ]);
    expect(issuesIn(() => checkOf(v.object({ a: v.number() })).fromWire({ a: "x" }, "json"))).toEqual([
      { path: "/a", expected: "number", actual: '"x"' },
    ]);
    expect(issuesIn(() => checkOf(z.number().refine((n) => n > 1, "too few")).fromWire(0, "json"))).toEqual([
      { path: "", expected: "right (too few)", actual: "0" },
    ]);
  });

  it("takes an array of one object for it where nothing is known of positions", () => {
    const check = methodOf({ params: v.object({ a: v.number() }) }).params;
    expect(check.fromWire([{ a: 1 }], "json")).toEqual({ a: 1 });
    expect(issuesIn(() => check.fromWire([1], "json"))).toHaveLength(1);
  });

  it("does not answer with a promise", () => {
    const check = checkOf(z.number().refine(async () => true));
    expect(() => check.fromWire(1, "json")).toThrow(ParleyError);
    expect(() => check.fromWire(1, "json")).toThrow("method m, result answers with a promise");
  });
});

describe("any JSON value", () => {
  const schemas = [
    Type.Object({ a: Type.Integer(), b: Type.Array(Bytes()) }),
    Type.Union([Type.Object({ k: Type.Literal(1) }), Type.Array(Type.Number()), BigInteger()]),
    Type.Record(Type.String({ maxLength: 3 }), Type.Union([Type.Null(), Bytes()])),
    {
      type: "object",
      properties: { "": { $ref: "#" }, a: { type: "number" } },
      additionalProperties: { $ref: "#" },
    },
    {
      oneOf: [
        { type: "string", format: "date-time" },
        { type: "array", contains: { const: 0 } },
      ],
    },
    { if: { type: "object" }, then: { required: ["__proto__"] }, else: { not: { type: "null" } } },
  ];

  it("is taken or refused, and nothing else is thrown", () => {
    for (const schema of schemas) {
      const check = checkOf(schema);
      const params = methodOf({ params: schema }).params;
      fc.assert(
        fc.property(fc.jsonValue(), (value) => {
          for (const form of ["json", "msgpack"] as const) {
            issuesIn(() => check.fromWire(value, form));
            issuesIn(() => check.toWire(value, form));
            issuesIn(() => params.fromWire(value, form));
          }
        }),
      );
    }
  });
});
