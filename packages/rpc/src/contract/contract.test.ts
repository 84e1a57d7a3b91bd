import { Bytes, ParleyError } from "@parley/core";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contract } from "./contract.ts";
import { merge } from "./merge.ts";

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ParleyError);
    expect(error).toMatchObject({ code: "bad-option", blame: "local" });
    return (error as ParleyError).message;
  }
  return "none";
}

/** Why a result of the schema is refused. */
function schemaRefusal(schema: object): string {
  return refusal(() => contract("c", { methods: { m: { result: schema } } })).replace(
    'The method "m", result of the contract "c" ',
    "",
  );
}

describe("contract", () => {
  it("keeps what it is made of, and does not change", () => {
    const schema = { type: "object", properties: { a: { type: "number" } } };
    const made = contract("math", {
      methods: { "sub.add": { params: schema, description: "Adds.", idempotent: true } },
      events: { tick: Type.Object({}) },
      notifications: { seen: Type.Object({}) },
    });
    schema.properties.a.type = "string";
    expect(made.name).toBe("math");
    expect(made.methods.get("sub.add")).toEqual({
      params: { type: "object", properties: { a: { type: "number" } } },
      description: "Adds.",
      idempotent: true,
    });
    expect([...made.events.keys(), ...made.notifications.keys()]).toEqual(["tick", "seen"]);
    expect(Object.isFrozen(made)).toBe(true);
    expect(Object.isFrozen(Reflect.get(made.methods.get("sub.add")?.params ?? {}, "properties"))).toBe(true);
  });

  it("takes any other name, those of Object.prototype too", () => {
    const names = ["constructor", "__proto__", "toString", "a.b.c", "rpc", "$"];
    const made = contract("c", { methods: Object.fromEntries(names.map((name) => [name, {}])) });
    expect([...made.methods.keys()]).toEqual(names);
  });

  it.each([
    ["", 'The method "" of the contract "c" has an empty name.'],
    [
      "$/x",
      'The method "$/x" of the contract "c" has a name that begins with $/ or rpc., which are the protocol\'s own.',
    ],
    [
      "rpc.x",
      'The method "rpc.x" of the contract "c" has a name that begins with $/ or rpc., which are the protocol\'s own.',
    ],
  ])("refuses the name %j", (name, message) => {
    expect(refusal(() => contract("c", { methods: { [name]: {} } }))).toBe(message);
  });

  it("refuses a name twice", () => {
    expect(refusal(() => contract("c", { methods: { a: {} }, events: { a: Type.Object({}) } }))).toBe(
      'The event "a" of the contract "c" has the name of another method.',
    );
  });

  it.each([
    [{ code: 1.5 }, "has the code 1.5; it is an integer outside -32768 to -32000"],
    [{ code: -32000 }, "has the code -32000; it is an integer outside -32768 to -32000"],
    [{ code: -32768 }, "has the code -32768;"],
    [{ code: "1" }, 'has the code "1";'],
    [{ code: 1, message: 1 }, "has a message that is no string"],
    [{ code: 1, datum: {} }, 'has the member "datum"; known are code, message, data'],
    [null, "is an object, not object"],
  ])("refuses the error %j", (error, why) => {
    const definition = { methods: { m: { errors: { e: error as never } } } };
    expect(refusal(() => contract("c", definition))).toContain(
      `The method "m", error "e" of the contract "c" ${why}`,
    );
  });

  it("takes codes beside JSON-RPC's", () => {
    const errors = { a: { code: -32769 }, b: { code: -31999 }, c: { code: 0 } };
    expect(contract("c", { methods: { m: { errors } } }).methods.get("m")?.errors).toEqual(errors);
    expect(
      refusal(() => contract("c", { methods: { m: { errors: { a: { code: 1 }, b: { code: 1 } } } } })),
    ).toContain('has the code 1 of the error "a"');
  });

  it("refuses what it does not know, or what is of another kind", () => {
    const refused = (definition: unknown) => refusal(() => contract("c", definition as never));
    expect(refused({ method: {} })).toBe(
      'The contract has the member "method"; known are methods, events, notifications.',
    );
    expect(refused({ methods: { m: { parms: {} } } })).toContain('has the member "parms"');
    expect(refused({ methods: { m: 1 } })).toContain("is an object, not 1");
    expect(refused({ methods: [] })).toContain("The methods");
    expect(refused({ methods: { m: { idempotent: 1 } } })).toContain("idempotent: 1");
    expect(refused({ methods: { m: { description: 1 } } })).toContain("description");
    expect(refused({ methods: { m: { result: 1 } } })).toContain("is no schema");
    expect(refused({ events: { e: { "~standard": {} } } })).toContain("without a validate function");
    expect(refusal(() => contract("", {}))).toContain("at least one character");
  });

  it("refuses parameters and payloads that are neither objects nor arrays", () => {
    for (const params of [Type.Number(), Type.Null(), Bytes()]) {
      expect(refusal(() => contract("c", { methods: { m: { params } } }))).toContain(
        "JSON-RPC does not carry",
      );
    }
    expect(refusal(() => contract("c", { events: { e: Type.String() } }))).toContain('The event "e"');
    expect(contract("c", { methods: { m: { params: z.object({}) } } }).methods.size).toBe(1);
  });
});

describe("a schema", () => {
  it.each([
    [{ type: "object", properties: { a: { minLenght: 1 } } }, 'at /properties/a has the keyword "minLenght"'],
    [{ type: "text" }, "at /type has a value of the wrong kind"],
    [{ type: "bigint" }, "at /type has a value of the wrong kind"],
    [{ minimum: "1" }, "at /minimum has a value of the wrong kind"],
    [{ minimum: { $data: "/x" } }, "at /minimum has a value of the wrong kind"],
    [{ enum: [] }, "at /enum has a value of the wrong kind"],
    [{ anyOf: [] }, "at /anyOf is no list of schemas"],
    [{ items: 1 }, "at /items is no schema"],
    [{ properties: [] }, "at /properties is no object of schemas"],
    [{ properties: JSON.parse('{"__proto__": {}}') as object }, "names a property __proto__"],
    [{ format: "colour" }, 'at /format is "colour"; known are date,'],
    [{ pattern: "(" }, "at /pattern is no regular expression"],
    [{ pattern: "(a+)+" }, "at /pattern can take exponential time"],
    [{ pattern: "a".repeat(1001) }, "at /pattern is no pattern of up to 1000 characters"],
    [{ patternProperties: { "(a*)*": {} } }, "at /patternProperties/(a*)* can take exponential time"],
    [{ uniqueItems: true }, "has uniqueItems for items that are no scalars"],
    [{ $ref: "#/$defs/a" }, 'refers to "#/$defs/a", which is not within the schema'],
    [{ $ref: "https://example.org" }, "is not within the schema"],
    [{ $ref: "#" }, "is a reference that leads to no end"],
    [
      {
        properties: { a: { $ref: "#/$defs/b" } },
        $defs: { b: { $ref: "#/$defs/c" }, c: { $ref: "#/$defs/b" } },
      },
      "at /properties/a is a reference that leads to no end",
    ],
    [Type.Decode(Type.String(), Number), "has a TypeBox codec or refinement"],
  ])("%j is refused", (schema, why) => {
    expect(schemaRefusal(schema)).toContain(why);
  });

  it("that holds what is no JSON is refused", () => {
    expect(schemaRefusal({ const: 1n })).toBe("at /const is no JSON.");
  });

  it("that nests too deep, or within itself, is refused", () => {
    const cycle: Record<string, unknown> = {};
    cycle["not"] = cycle;
    expect(schemaRefusal(cycle)).toBe("nests deeper than 64 schemas.");
  });

  it("may be of any kind that draft 7 knows", () => {
    const node = Type.Object({ next: Type.Optional(Type.Ref("Node")) });
    const made = contract("c", {
      methods: {
        a: { result: Type.Cyclic({ Node: node }, "Node") },
        b: { result: Type.Cyclic({ Node: node }, "Node") },
        c: { result: Type.Tuple([Type.Number(), Type.Literal("x")]) },
        d: {
          result: {
            $schema: "http://json-schema.org/draft-07/schema#",
            type: ["string", "null"],
            pattern: /^a/,
          },
        },
        e: { result: { type: "array", items: { type: "string" }, uniqueItems: true } },
        f: { result: { type: "array", uniqueItems: true, maxItems: 10 } },
      },
    });
    expect(made.methods.get("a")?.result).toEqual({
      $defs: { Node: { type: "object", properties: { next: { $ref: "#/$defs/Node" } } } },
      $ref: "#/$defs/Node",
    });
    expect(made.methods.get("d")?.result).toEqual({ type: ["string", "null"], pattern: "^a" });
  });
});

describe("merge", () => {
  const math = contract("math", { methods: { add: {} }, events: { tick: Type.Object({}) } });
  const users = contract("users", { methods: { get: {} }, notifications: { seen: Type.Object({}) } });

  it("joins contracts", () => {
    const all = merge("all", math, users);
    expect(all.name).toBe("all");
    expect([...all.methods.keys(), ...all.events.keys(), ...all.notifications.keys()]).toEqual([
      "add",
      "get",
      "tick",
      "seen",
    ]);
  });

  it("groups contracts", () => {
    const all = merge("all", { math, users });
    expect([...all.methods.keys(), ...all.events.keys(), ...all.notifications.keys()]).toEqual([
      "math.add",
      "users.get",
      "math.tick",
      "users.seen",
    ]);
    expect(all.methods.get("math.add")).toBe(math.methods.get("add"));
  });

  it("refuses a name twice, and names it", () => {
    const events = contract("clock", { events: { add: Type.Object({}) } });
    expect(refusal(() => merge("all", math, events))).toBe(
      "The contracts math and clock both have add; rename one, or merge them as groups.",
    );
  });

  it("refuses what is no contract, and groups that cannot be", () => {
    expect(refusal(() => merge("all", {} as never, math))).toContain("merge takes contracts, not object");
    expect(refusal(() => merge("all", null as never))).toContain("not null");
    expect(refusal(() => merge("all", { rpc: math }))).toContain('The group "rpc" is not possible');
    expect(refusal(() => merge("", math))).toContain("name of a contract");
  });
});
