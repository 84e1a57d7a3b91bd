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
import { type DelimitedOptions, delimited } from "./delimited.ts";

const by = (...delimiters: [string, ...string[]]) => delimited({ delimiters });

describe("delimited", () => {
  it("ends a frame at its delimiter, and may be empty", () => {
    expect(decoded(by("\0"), "a\0\0b\0")).toEqual(["a", "", "b"]);
    expect(decoded(by("END"), "aENDENDENDb")).toEqual(["a", "", ""]);
  });

  it("finds a delimiter that chunks cut anywhere", () => {
    expect(decoded(by("\r\n.\r\n"), "a\r\n", ".\r", "\nb\r\n.\r\n")).toEqual(["a", "b"]);
    expect(decoded(by("END"), ...singly("aENDENENDb"))).toEqual(["a", "EN"]);
  });

  it("finds a delimiter that begins within what looked like one", () => {
    expect(decoded(by("aab"), "aaab")).toEqual(["a"]);
    expect(decoded(by("aab"), ...singly("aaaab"))).toEqual(["aa"]);
    expect(decoded(by("\r\n.\r\n"), "x\r\n\r\n.\r\n")).toEqual(["x\r\n"]);
    expect(decoded(by("abac"), "ababac")).toEqual(["ab"]);
  });

  it("takes of several delimiters the one that is complete first", () => {
    expect(decoded(by(";", "\r\n"), "a;b\r\nc;")).toEqual(["a", "b", "c"]);
    expect(decoded(by("abcd", "bce"), "xabce", "abcd")).toEqual(["xa", ""]);
    expect(decoded(by("abx", "bcy"), ...singly("abcyabx"))).toEqual(["a", ""]);
  });

  it("takes delimiters as text, in UTF-8, or as bytes", () => {
    expect(decoded(by("€"), "a\xe2\x82\xacb\xe2\x82\xac")).toEqual(["a", "b"]);
    expect(decoded(delimited({ delimiters: [Uint8Array.of(0xff, 0)] }), "a\xffb\xff\0")).toEqual(["a\xffb"]);
  });

  it("sends the first delimiter", () => {
    expect(framed(by(";", "\r\n"), "a")).toBe("a;");
    expect(framed(by("\r\n", ";"), "")).toBe("\r\n");
  });

  it.each([
    [["END"], "aEND"],
    [["END"], "ENDb"],
    [[";", "END"], "aENDb"],
    [["aa"], "a"],
    [["\r\n", "\r\r"], "a\r"],
  ] as [[string], string][])(
    "with %j refuses to send %j, which would arrive as another",
    (delimiters, message) => {
      expect(() => framed(delimited({ delimiters }), message)).toThrow(
        expect.objectContaining({ code: "unencodable" }),
      );
    },
  );

  it("takes exactly the maximum, wherever its delimiter is cut, and not a byte more", () => {
    const four = delimited({ delimiters: ["END"], maxFrameBytes: 4 });
    for (const chunks of [
      ["abcdEND"],
      ["abcd", "END"],
      ["abcdEN", "D"],
      singly("abcdEND"),
      ["abcE", "END"],
    ]) {
      expect(decoded(four, ...chunks), chunks.join("|")).toHaveLength(1);
      expect(decoded(four, ...chunks)[0]).toHaveLength(4);
    }
    for (const chunks of [["abcdeEND"], ["abcde"], ["abcdEN", "x"], ["abcdENEND"], singly("abcdeEND")]) {
      expect(decoded(four, ...chunks), chunks.join("|")).toEqual([tooLong(4)]);
    }
  });

  it("skips what is too long where asked to, and tells of it once", () => {
    const skipping = delimited({ delimiters: ["END"], maxFrameBytes: 3, onTooLong: "skip" });
    expect(decoded(skipping, "abcdefENDokEND")).toEqual([skipped(3), "ok"]);
    expect(decoded(skipping, ...singly("abcdefENENDokEND"))).toEqual([skipped(3), "ok"]);
    expect(pendingAfter(skipping, "abcdef", "ghi")).toBe(0);
  });

  it("misses the delimiter at the end of input", () => {
    expect(decodedToEnd(by("END"), "aEND")).toEqual(["a"]);
    expect(decodedToEnd(by("END"), "a")).toEqual([malformed]);
    expect(decodedToEnd(by("END"), "EN")).toEqual([malformed]);
  });
});

it.each([
  { delimiters: [] },
  { delimiters: [""] },
  { delimiters: ["a", "a"] },
  { delimiters: ["\n", "\r\n"] },
  { delimiters: ["abc", "b"] },
  { delimiters: ["x".repeat(1025)] },
  { delimiters: ["\0"], maxFrameBytes: 0 },
  { delimiters: ["\0"], onTooLong: "drop" },
])("delimited refuses the options %j", (options) => {
  expect(() => delimited(options as unknown as DelimitedOptions)).toThrow(
    expect.objectContaining({ code: "bad-option" }),
  );
});
