import { expect, it } from "vitest";
import { bytesOf, decoded, decodedToEnd, framed, pendingAfter } from "../../test/decoded.ts";
import { raw } from "./raw.ts";

it("raw delivers what comes together, in pieces of at most maxFrameBytes", () => {
  expect(decoded(raw(), "abc", "d")).toEqual(["abc", "d"]);
  expect(decoded(raw({ maxFrameBytes: 2 }), "abcde")).toEqual(["ab", "cd", "e"]);
});

it("raw holds nothing back and sends what it is given", () => {
  expect(pendingAfter(raw(), "abc")).toBe(0);
  expect(decodedToEnd(raw(), "abc")).toEqual(["abc"]);
  expect(framed(raw(), "abc")).toBe("abc");
});

it("raw stops where it is told to", () => {
  const decoder = raw({ maxFrameBytes: 2 }).decoder();
  expect(decoder.push(bytesOf("abcde"), 0, 5, { frame: () => false, fault: () => true })).toBe(2);
});

it("raw refuses a maximum of nothing", () => {
  expect(() => raw({ maxFrameBytes: 0 })).toThrow(expect.objectContaining({ code: "bad-option" }));
});
