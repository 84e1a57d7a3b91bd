import { describe, expect, it } from "vitest";
import {
  decoded,
  decodedToEnd,
  framed,
  malformed,
  pendingAfter,
  singly,
  skipped,
  tooLong,
} from "../../test/decoded.ts";
import { netstring } from "./netstring.ts";

describe("netstring", () => {
  it("reads a length, a colon, as many bytes, and a comma", () => {
    expect(decoded(netstring(), "12:hello world!,0:,1:,,")).toEqual(["hello world!", "", ","]);
    expect(decoded(netstring(), ...singly("2:hi,0:,"))).toEqual(["hi", ""]);
    expect(decoded(netstring(), "2:hi", ",0", ":", ",")).toEqual(["hi", ""]);
  });

  it("writes what it reads", () => {
    for (const length of [0, 9, 10, 99, 100, 12_345]) {
      const payload = "x".repeat(length);
      expect(framed(netstring(), payload)).toBe(`${length}:${payload},`);
    }
  });

  it.each([
    ["a leading zero", "01:a,"],
    ["two zeros", "00:,"],
    ["no digit", ":,"],
    ["a sign", "-1:a,"],
    ["white space", " 1:a,"],
    ["a hexadecimal digit", "a:"],
    ["another byte for the comma", "1:ab"],
    ["a payload longer than its length", "1:ab,"],
    ["a newline between two", "1:a,\n1:b,"],
  ])("calls malformed %s", (_, stream) => {
    expect(decoded(netstring(), stream).at(-1)).toEqual(malformed);
    expect(decoded(netstring(), ...singly(stream)).at(-1)).toEqual(malformed);
  });

  it("refuses what is longer than the maximum, before the payload", () => {
    const five = netstring({ maxFrameBytes: 5 });
    expect(decoded(five, "5:hello,6:")).toEqual(["hello", tooLong(5, 6)]);
    expect(decoded(five, "999999999999999:")).toEqual([tooLong(5, 999_999_999_999_999)]);
  });

  it("gives a length of more than 15 digits up, skipping or not", () => {
    const digits = "1".repeat(16);
    expect(decoded(netstring({ maxFrameBytes: 5 }), digits)).toEqual([tooLong(5)]);
    expect(decoded(netstring({ maxFrameBytes: 5, onTooLong: "skip" }), digits)).toEqual([tooLong(5)]);
  });

  it("skips what is too long where asked to, and tells of it once", () => {
    const skipping = netstring({ maxFrameBytes: 3, onTooLong: "skip" });
    expect(decoded(skipping, "5:hello,2:hi,")).toEqual([skipped(3, 5), "hi"]);
    expect(decoded(skipping, ...singly("5:hello,2:hi,"))).toEqual([skipped(3, 5), "hi"]);
    expect(pendingAfter(skipping, "5:hel")).toBe(0);
  });

  it("misses the rest at the end of input", () => {
    expect(decodedToEnd(netstring(), "2:hi,")).toEqual(["hi"]);
    for (const rest of ["2", "2:", "2:h", "2:hi"])
      expect(decodedToEnd(netstring(), rest)).toEqual([malformed]);
  });
});
