import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonText } from "./json-text.ts";

describe("jsonText", () => {
  it.each<[string, unknown, string]>([
    ["bytes", Uint8Array.of(1, 2, 3), '"AQID"'],
    ["a Buffer", { bytes: Buffer.from([255]) }, '{"bytes":"/w=="}'],
    ["a big integer", [12345678901234567890n], '["12345678901234567890"]'],
    ["nothing", undefined, "null"],
    ["what a terminal would obey", { "\u009b": "a\u202eb\u007f\n" }, '{"\\u009b":"a\\u202eb\\u007f\\n"}'],
  ])("writes %s", (_, value, text) => {
    expect(jsonText(value)).toBe(text);
  });

  it("is the same value in one line that no terminal obeys", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const text = jsonText(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
        expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
