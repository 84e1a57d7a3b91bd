import { describe, expect, it } from "vitest";
import { checkInteger, checkIntegerOrInfinity, checkOneOf, withDefaults } from "./options.ts";

const saying = (message: string) =>
  expect.objectContaining({ code: "bad-option", blame: "local", message }) as Error;

describe("an integer option", () => {
  it.each([1, 2, 10])("may be %s", (value) => {
    expect(checkInteger("count", value, 1, 10)).toBe(value);
  });

  it.each([
    0,
    11,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "3" as unknown as number,
    undefined as unknown as number,
  ])("may not be %s", (value) => {
    expect(() => checkInteger("count", value, 1, 10)).toThrow(
      saying(`count is ${value}; give a whole number from 1 to 10.`),
    );
  });

  it("may have no upper end", () => {
    expect(checkInteger("count", Number.MAX_SAFE_INTEGER, 0)).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => checkInteger("count", -1, 0)).toThrow(
      saying("count is -1; give a whole number of at least 0."),
    );
  });

  it("may be infinite where that makes sense", () => {
    expect(checkIntegerOrInfinity("count", Number.POSITIVE_INFINITY, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(checkIntegerOrInfinity("count", 1, 1)).toBe(1);
    for (const value of [0, Number.NEGATIVE_INFINITY, Number.NaN])
      expect(() => checkIntegerOrInfinity("count", value, 1)).toThrow(
        expect.objectContaining({ code: "bad-option" }),
      );
  });
});

describe("an option of several words", () => {
  it("is one of them", () => {
    expect(checkOneOf("mode", "a", ["a", "b"])).toBe("a");
    expect(() => checkOneOf("mode", "c" as "a", ["a", "b"])).toThrow(
      saying('mode is "c"; give one of a, b.'),
    );
  });
});

describe("defaults", () => {
  it("give way to what is given, and not to undefined", () => {
    const defaults: { a: number; b: number; c: number } = Object.freeze({ a: 1, b: 2, c: 3 });
    expect(withDefaults(defaults, { a: 10, b: undefined })).toEqual({ a: 10, b: 2, c: 3 });
    expect(withDefaults(defaults, {})).not.toBe(defaults);
  });
});
