import { describe, expect, it, vi } from "vitest";
import { OutputBuffer } from "../writer.ts";
import type * as Utf8Module from "./utf8.ts";

const { utf8: node } = await import("./utf8.ts");
const standard = await withoutBuffer();

/** The module as a runtime without Node's Buffer loads it. */
async function withoutBuffer(): Promise<typeof Utf8Module.utf8> {
  vi.resetModules();
  vi.stubGlobal("Buffer", undefined);
  try {
    return (await import("./utf8.ts")).utf8;
  } finally {
    vi.unstubAllGlobals();
  }
}

it("utf8 has a way of its own for each runtime", () => {
  expect(standard.decode).not.toBe(node.decode);
  expect(standard.encode).not.toBe(node.encode);
});

describe.each([
  ["with Node's Buffer", node],
  ["without it", standard],
])("utf8 %s", (_, utf8) => {
  const decode = (bytes: readonly number[]): string => utf8.decode(Uint8Array.from(bytes), 0, bytes.length);
  const encode = (text: string): number[] => {
    const out = new OutputBuffer();
    utf8.encode(text, out);
    return [...out.written()];
  };

  it.each<[string, number[]]>([
    ["", []],
    ["a\0\r\n", [0x61, 0, 13, 10]],
    ["\u007F\u0080", [0x7f, 0xc2, 0x80]],
    ["\u07FF\u0800", [0xdf, 0xbf, 0xe0, 0xa0, 0x80]],
    ["\uD7FF\uE000", [0xed, 0x9f, 0xbf, 0xee, 0x80, 0x80]],
    ["\uFFFD", [0xef, 0xbf, 0xbd]],
    ["\uFEFF", [0xef, 0xbb, 0xbf]],
    ["\uFFFF\u{10000}", [0xef, 0xbf, 0xbf, 0xf0, 0x90, 0x80, 0x80]],
    ["\u{10FFFF}", [0xf4, 0x8f, 0xbf, 0xbf]],
  ])("reads and writes %j", (text, bytes) => {
    expect(decode(bytes)).toBe(text);
    expect(encode(text)).toEqual(bytes);
  });

  it.each<[string, number[]]>([
    ["a continuation byte alone", [0x80]],
    ["two of them", [0xbf, 0xbf]],
    ["an overlong slash of 2 bytes", [0xc0, 0xaf]],
    ["an overlong slash of 3 bytes", [0xe0, 0x80, 0xaf]],
    ["an overlong slash of 4 bytes", [0xf0, 0x80, 0x80, 0xaf]],
    ["an overlong NUL", [0xc0, 0x80]],
    ["the greatest overlong of 3 bytes", [0xe0, 0x9f, 0xbf]],
    ["a high surrogate", [0xed, 0xa0, 0x80]],
    ["a low surrogate", [0xed, 0xbf, 0xbf]],
    ["a surrogate pair (CESU-8)", [0xed, 0xa0, 0xbd, 0xed, 0xb0, 0x80]],
    ["a point beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a first byte that begins nothing", [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ["0xFE", [0xfe]],
    ["0xFF", [0xff]],
    ["2 bytes cut after 1", [0xc3]],
    ["3 bytes cut after 2", [0xe2, 0x82]],
    ["4 bytes cut after 3", [0xf0, 0x9f, 0x8e]],
    ["2 bytes interrupted", [0xc3, 0x61]],
    ["a fault behind a sound U+FFFD", [0xef, 0xbf, 0xbd, 0xff]],
  ])("calls malformed %s", (_name, bytes) => {
    const malformed = expect.objectContaining({ code: "malformed", blame: "remote" });
    expect(() => decode(bytes)).toThrow(malformed);
    expect(() => decode([0x61, ...bytes, 0x61])).toThrow(malformed);
  });

  it("does not look behind its range for the rest of a character", () => {
    const euro = Uint8Array.of(0xe2, 0x82, 0xac);
    expect(() => utf8.decode(euro, 0, 2)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  it.each(["\uD800", "\uDFFF", "a\uD800b", "\uDC00\uD800", `${"x".repeat(5000)}\uD800`])(
    "refuses to write half of a surrogate pair",
    (text) => {
      expect(() => encode(text)).toThrow(expect.objectContaining({ code: "unencodable" }));
    },
  );

  it.each(["x", "é", "€", "🎈"])(
    "makes room for as many bytes as %s has, short text and long",
    (character) => {
      for (const length of [1, 341, 1023, 1024, 5000]) {
        const text = character.repeat(length);
        expect(decode(encode(text))).toBe(text);
      }
    },
  );
});
