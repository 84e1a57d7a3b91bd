import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { patternCost } from "./pattern-cost.ts";

describe("the cost of a pattern", () => {
  it.each([
    "^[a-z]+$",
    "^abc$",
    "abc",
    "^.*$",
    "^[a-z]+(\\.[a-z]+)*$",
    "^(?:[-a-z]|%[0-9a-f]{2})*$",
    "^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$",
    "^(?:a?;)*$",
    "^\\p{L}+$",
    "^[^\\]\\d-]+$",
    "^\\u{1F600}+$",
  ])("takes %s for linear", (pattern) => {
    expect(patternCost(pattern)).toBe("linear");
  });

  it.each(["[a-z]+$", "^a*b?a*$", "^[a-z.]+@[a-z.]+\\.[a-z]+$", "^a(.*|b)$", "^(?:;a*a*)*$", "^(?=.*b)x*$"])(
    "takes %s for polynomial",
    (pattern) => {
      expect(patternCost(pattern)).toBe("polynomial");
    },
  );

  it.each([
    "^(a+)+$",
    "^(a)\\1*b$",
    "^(a*)*$",
    "^(a|a)*$",
    "^(a|ab)*$",
    "^(?:.*a){12}$",
    "(x+x+)+y",
    "^(\\w+\\s?)*$",
    "^([a-z]+){9}$",
    "^(?=(a+)+b)",
    "^(?:a{100}){1000}$",
  ])("takes %s for exponential", (pattern) => {
    expect(patternCost(pattern)).toBe("exponential");
  });

  it("throws for what is no pattern", () => {
    expect(() => patternCost("(")).toThrow(SyntaxError);
  });

  it("reads whatever RegExp takes", () => {
    const piece = fc.constantFrom(..."ab.^$|()[]-*+?{}12,\\dwsbBpLkxu<>:=!nc".split(""));
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 24 }), (pattern) => {
        try {
          new RegExp(pattern, "u");
        } catch {
          return;
        }
        expect(["linear", "polynomial", "exponential"]).toContain(patternCost(pattern));
      }),
      { numRuns: 20_000 },
    );
  });
});
