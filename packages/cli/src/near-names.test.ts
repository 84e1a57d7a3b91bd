import { describe, expect, it } from "vitest";
import { nearNames } from "./near-names.ts";

describe("nearNames", () => {
  it.each([
    ["ad", ["add", "divide"], "Did you mean add?"],
    ["dvidie", ["add", "divide"], "Did you mean divide?"],
    ["ADD", ["add", "divide"], "Did you mean add?"],
    ["place", ["orders.place", "orders.list", "replace"], "Did you mean orders.place or replace?"],
    ["sqrt", ["sub", "add"], "It has add, sub."],
    ["x", [], "It has none at all."],
  ])("takes %s among %j for: %s", (name, names, text) => {
    expect(nearNames(name, names)).toBe(text);
  });

  it("lists twenty at most, and suggests three", () => {
    const names = Array.from({ length: 200 }, (_, index) => `method${String(index).padStart(3, "0")}`);
    expect(nearNames("zzzzzzzz", names)).toMatch(/^It has method000, .*, method019 and 180 more\.$/);
    expect(nearNames("method", names)).toBe("Did you mean method000 or method001 or method002?");
  });
});
