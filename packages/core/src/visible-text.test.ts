import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { visibleLine, visibleSource, visibleText } from "./visible-text.ts";

describe("text that anybody may have sent", () => {
  it("is left alone, in whatever script, with tabs and newlines", () => {
    const text = "plain\t日本 مرحبا 👩‍👩‍👧 é\r\nnext\n";
    expect(visibleText(text)).toBe(text);
    expect(visibleSource(text)).toBe(text);
  });

  it.each([
    ["an escape sequence", "\x1b[2J", "\\x1b[2J"],
    ["a bell and a backspace", "\x07\x08", "\\x07\\x08"],
    ["a carriage return that would overwrite the line", "safe\rfake", "safe\\x0dfake"],
    ["DEL and C1", "\x7f\x9b31m\x85", "\\x7f\\x9b31m\\x85"],
    ["an override of the direction", "\u202eexe.txt\u2066", "\\u202eexe.txt\\u2066"],
    ["line and paragraph separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
    ["NUL", "\0", "\\x00"],
  ])("shows %s instead of having it obeyed", (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(visibleLine(text)).toBe(shown);
  });

  it("means in a string of JSON what it meant", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const source = visibleSource(JSON.stringify(text));
        expect(JSON.parse(source)).toBe(text);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
        expect(source).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe("one line of text", () => {
  it("is what it was where it is harmless", () => {
    for (const text of ["", "plain", "日本 🎉 é", "שלום"]) expect(visibleLine(text)).toBe(text);
  });

  it("shows halves of surrogate pairs and line breaks by their codes", () => {
    expect(visibleLine("\ud83c|\udf89|\n|\u0085|\u2066")).toBe("\\ud83c|\\udf89|\\x0a|\\x85|\\u2066");
  });
});
