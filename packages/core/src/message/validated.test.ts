import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { Bytes, encode, jsonLines, msgpackFrames, validated } from "../index.ts";

interface Sum {
  readonly a: number;
  readonly tags?: string[];
}

const schema = {
  type: "object",
  properties: { a: { type: "number" }, tags: { type: "array", items: { type: "string" } } },
  required: ["a"],
  additionalProperties: false,
};
const sums = validated<Sum>(jsonLines(), schema);

function decode(text: string, codec: { message: typeof sums.message } = sums): unknown {
  const bytes = Buffer.from(text);
  return codec.message.decode(bytes, 0, bytes.length);
}

describe("validated with a JSON Schema", () => {
  it("lets pass what matches, both ways, and puts nothing else on the wire", () => {
    expect(decode('{"a":1}')).toEqual({ a: 1 });
    expect(encode(sums, { a: 1 })).toEqual(encode(jsonLines(), { a: 1 }));
  });

  it("says where, what was expected and what was there", () => {
    expect(() => decode('{"a":"secret"}')).toThrow(
      expect.objectContaining({
        code: "malformed",
        blame: "remote",
        message: "The message does not match its schema: at /a, it must be number and is string.",
      }),
    );
    expect(() => decode('{"a":1,"tags":["x",null]}')).toThrow("at /tags/1, it must be string and is null");
    expect(() => decode("{}")).toThrow("at /, it must have required property 'a'");
  });

  it("refuses to send what does not match, and leaves nothing of it", () => {
    expect(() => encode(sums, { a: "1" } as never)).toThrow(
      expect.objectContaining({ code: "unencodable", blame: "local" }),
    );
  });

  it("knows byte arrays", () => {
    const codec = validated<{ data: Uint8Array }>(msgpackFrames(), {
      type: "object",
      properties: { data: Bytes() },
    });
    expect(encode(codec, { data: Uint8Array.of(1) }).messages).toBe(1);
    expect(() => encode(codec, { data: [1] } as never)).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
  });

  it.each([
    { type: "string", pattern: "^(a+)+$" },
    { type: "object", patternProperties: { "^(a|a)*$": { type: "number" } } },
    { type: "array", items: { type: "string", pattern: "(a*)*b" } },
  ])("refuses a pattern that could take exponential time: %j", (bad) => {
    expect(() => validated(jsonLines(), bad)).toThrow(
      expect.objectContaining({
        code: "bad-option",
        message: expect.stringContaining("can take exponential time"),
      }),
    );
  });

  it("takes a pattern that does not", () => {
    const words = validated<string>(jsonLines(), { type: "string", pattern: "^[a-z]+(?:-[a-z]+)*$" });
    expect(decode('"well-known"', words as never)).toBe("well-known");
    expect(() => decode('"-"', words as never)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  it("refuses a schema that ajv does not take", () => {
    for (const bad of [{ type: "nonsense" }, { typo: true }, { type: "string", pattern: { $data: "/x" } }]) {
      expect(() => validated(jsonLines(), bad)).toThrow(expect.objectContaining({ code: "bad-option" }));
    }
  });
});

/** A Standard Schema written by hand: a numeric string, which comes as a number. */
const numeric: StandardSchemaV1<string, number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
        ? { value: Number(value) }
        : { issues: [{ message: "not numeric", path: ["here", { key: 0 }] }] },
  },
};

describe("validated with a Standard Schema", () => {
  it("gives its output to the handler, and sends its input", () => {
    const codec = validated(jsonLines(), numeric);
    expect(codec.message.decode(Buffer.from('"42"'), 0, 4)).toBe(42);
    expect(Buffer.from(encode(codec, "42").bytes).toString()).toBe('"42"\n');
  });

  it("says where and what", () => {
    const codec = validated(jsonLines(), numeric);
    expect(() => codec.message.decode(Buffer.from("1"), 0, 1)).toThrow("at /here/0, not numeric");
  });

  it("does not take one that answers with a promise", () => {
    const later: StandardSchemaV1 = {
      "~standard": { version: 1, vendor: "test", validate: async (value) => ({ value }) },
    };
    expect(() => encode(validated(jsonLines(), later), 1)).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
  });
});
