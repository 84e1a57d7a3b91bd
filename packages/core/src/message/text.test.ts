import { expect, it } from "vitest";
import { encode } from "../codec.ts";
import { textLines } from "../presets.ts";
import { text } from "./text.ts";

const decode = (...bytes: number[]): string => text().decode(Uint8Array.from(bytes), 0, bytes.length);

it("text reads and sends UTF-8", () => {
  expect(decode(0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x8e, 0x88)).toBe("aé🎈");
  expect(decode()).toBe("");
  expect([...encode(textLines(), "aé🎈").bytes]).toEqual([0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x8e, 0x88, 10]);
});

it("text keeps a byte order mark, a NUL and a lone CR as characters", () => {
  expect(decode(0xef, 0xbb, 0xbf, 0x61)).toBe("\uFEFFa");
  expect(decode(0, 13)).toBe("\0\r");
});

it("text reads its range of the chunk alone", () => {
  expect(text().decode(Buffer.from("éaé"), 2, 3)).toBe("a");
});

it("text calls malformed what is not UTF-8, and says nothing of its bytes", () => {
  expect(() => decode(0x61, 0xff)).toThrow(
    expect.objectContaining({
      code: "malformed",
      blame: "remote",
      message: "The frame is not valid UTF-8; send text as UTF-8, or use the bytes codec.",
    }),
  );
});

it("text refuses to send half of a surrogate pair, and leaves nothing of it", () => {
  for (const half of ["\uD800", "a\uDC00b", "\uDC00\uD800"]) {
    expect(() => encode(textLines(), half)).toThrow(
      expect.objectContaining({ code: "unencodable", blame: "local" }),
    );
  }
});
