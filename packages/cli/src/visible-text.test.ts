import { describe, expect, it } from "vitest";
import { visibleText } from "./visible-text.ts";

describe("visibleText", () => {
  it("leaves text alone, in whatever script, with tabs and newlines", () => {
    const text = "plain\t日本 مرحبا 👩‍👩‍👧 é\r\nnext\n";
    expect(visibleText(text)).toBe(text);
  });

  it.each([
    ["an escape sequence", "\x1b[2J", "\\x1b[2J"],
    ["a bell and a backspace", "\x07\x08", "\\x07\\x08"],
    ["a carriage return that would overwrite the line", "safe\rfake", "safe\\x0dfake"],
    ["DEL and C1", "\x7f\x9b31m", "\\x7f\\x9b31m"],
    ["an override of the direction", "\u202eexe.txt\u2066", "\\u202eexe.txt\\u2066"],
    ["NUL", "\0", "\\x00"],
  ])("shows %s instead of obeying it", (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });
});
