import { describe, expect, it } from "vitest";
import { encode } from "../codec.ts";
import { jsonLines } from "../presets.ts";
import { type JsonOptions, json } from "./json.ts";

function decode(text: string | Uint8Array, options?: JsonOptions): unknown {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return json(options).decode(bytes, 0, bytes.length);
}

const sent = (message: unknown): string => Buffer.from(encode(jsonLines(), message).bytes).toString();
const malformed = expect.objectContaining({ code: "malformed", blame: "remote" });
const unencodable = expect.objectContaining({ code: "unencodable", blame: "local" });

describe("json, on input", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["0", 0],
    [' {"a" : [1, true, "é\\u00e9\\n"]}\t\r\n', { a: [1, true, "éé\n"] }],
    ['""', ""],
    ['"\\ud800"', "\ud800"],
  ])("reads %j", (text, value) => {
    expect(decode(text)).toEqual(value);
  });

  it("takes the last of duplicate keys", () => {
    expect(decode('{"a":1,"b":2,"a":3}')).toEqual({ a: 3, b: 2 });
  });

  it("takes numbers as doubles: beyond them Infinity, or rounded", () => {
    expect(decode("1e400")).toBe(Number.POSITIVE_INFINITY);
    expect(decode("-1e400")).toBe(Number.NEGATIVE_INFINITY);
    expect(decode("1e-400")).toBe(0);
    expect(decode("9007199254740993")).toBe(9007199254740992);
    expect(decode("-0")).toBe(-0);
  });

  it.each<[string, string]>([
    ["a byte order mark", '\uFEFF{"a":1}'],
    ["a NUL before it", "\0{}"],
    ["a NUL behind it", "{}\0"],
    ["a NUL within a string", '"\0"'],
    ["a CR within a string", '"\r"'],
    ["nothing", ""],
    ["white space alone", " \r\n"],
    ["two values", "{}{}"],
    ["a comma at the end", "[1,]"],
    ["single quotes", "{'a':1}"],
    ["a comment", "{}//"],
    ["NaN", "NaN"],
    ["Infinity", "Infinity"],
    ["a hexadecimal number", "0x10"],
    ["a leading zero", "01"],
    ["an object that does not end", '{"a":'],
  ])("calls malformed %s", (_, text) => {
    expect(() => decode(text)).toThrow(malformed);
  });

  it("takes a CR between tokens for white space", () => {
    expect(decode("[1\r,\r2]\r")).toEqual([1, 2]);
  });

  it.each([
    [Uint8Array.of(0x22, 0xff, 0x22)],
    [Uint8Array.of(0x22, 0xc0, 0x80, 0x22)],
    [Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
  ])("calls malformed a string that is not UTF-8", (bytes) => {
    expect(() => decode(bytes)).toThrow(malformed);
  });

  it("says nothing of what it was given", () => {
    expect(() => decode("\u001b[31msecret")).toThrow("The frame is not a JSON value.");
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "takes %s for a name like any other",
    (name) => {
      const value = decode(`{"${name}":{"polluted":true}}`) as Record<string, unknown>;
      expect(Object.keys(value)).toEqual([name]);
      expect(Object.getOwnPropertyDescriptor(value, name)?.value).toEqual({ polluted: true });
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect("polluted" in {}).toBe(false);
    },
  );

  it("nests 64 levels deep, or maxDepth, and not one more", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    expect(decode(nested(64))).toBeInstanceOf(Array);
    expect(() => decode(nested(65))).toThrow(malformed);
    expect(decode(nested(2), { maxDepth: 2 })).toEqual([[]]);
    expect(() => decode(nested(3), { maxDepth: 2 })).toThrow(malformed);
    expect(() => decode("[".repeat(1_000_000))).toThrow(malformed);
  });
});

describe("json, on output", () => {
  it("sends compact JSON in UTF-8", () => {
    expect(sent({ a: [1, null, "é🎈\n"] })).toBe('{"a":[1,null,"é🎈\\n"]}\n');
  });

  it("sends half of a surrogate pair as an escape, and what JSON has no word for as it always does", () => {
    expect(sent("\ud800")).toBe('"\\ud800"\n');
    expect(sent([undefined, Number.NaN, Number.POSITIVE_INFINITY])).toBe("[null,null,null]\n");
    expect(sent({ a: undefined, at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}\n');
  });

  it.each<[string, () => unknown]>([
    ["undefined", () => undefined],
    ["a function", () => () => 1],
    ["a symbol", () => Symbol("s")],
    ["a bigint", () => 1n],
    ["a bigint within", () => ({ a: [1n] })],
    [
      "a cycle",
      () => {
        const cycle: unknown[] = [];
        cycle.push(cycle);
        return cycle;
      },
    ],
    [
      "what throws when asked",
      () => ({
        toJSON() {
          throw new Error("no");
        },
      }),
    ],
  ])("refuses %s", (_, message) => {
    expect(() => sent(message())).toThrow(unencodable);
  });
});

it.each([0, 10_001, 1.5, Number.NaN])("json refuses a maxDepth of %j", (maxDepth) => {
  expect(() => json({ maxDepth })).toThrow(expect.objectContaining({ code: "bad-option" }));
});
