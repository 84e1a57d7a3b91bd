import { expect, it } from "vitest";
import { decoded, decodedToEnd, framed, malformed, pendingAfter, singly } from "../../test/decoded.ts";
import { fixedLength } from "./fixed-length.ts";

it("fixedLength cuts every so many bytes, wherever chunks do", () => {
  expect(decoded(fixedLength(3), "abcdefg", "hi")).toEqual(["abc", "def", "ghi"]);
  expect(decoded(fixedLength(3), ...singly("abcdef"))).toEqual(["abc", "def"]);
  expect(pendingAfter(fixedLength(3), "abcde")).toBe(2);
});

it("fixedLength misses the rest of a frame at the end of input", () => {
  expect(decodedToEnd(fixedLength(3), "abc")).toEqual(["abc"]);
  expect(decodedToEnd(fixedLength(3), "abcd")).toEqual(["abc", malformed]);
});

it("fixedLength sends that length and no other", () => {
  expect(framed(fixedLength(3), "abc")).toBe("abc");
  expect(() => framed(fixedLength(3), "ab")).toThrow(expect.objectContaining({ code: "unencodable" }));
  expect(() => framed(fixedLength(3), "abcd")).toThrow(
    expect.objectContaining({ code: "frame-too-long", limit: 3, actual: 4 }),
  );
});

it("fixedLength costs nothing before bytes come", () => {
  const before = process.memoryUsage().arrayBuffers;
  const decoders = Array.from({ length: 1_000 }, () => fixedLength(1024 * 1024).decoder());
  for (const decoder of decoders)
    decoder.push(Uint8Array.of(1), 0, 1, { frame: () => true, fault: () => true });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(34 * 1024 * 1024);
});

it.each([0, -1, 1.5, 2 ** 32, Number.NaN])("fixedLength refuses %j bytes", (frameBytes) => {
  expect(() => fixedLength(frameBytes)).toThrow(expect.objectContaining({ code: "bad-option" }));
});
