import { describe, expect, it } from "vitest";
import {
  bytesOf,
  decoded,
  decodedToEnd,
  framed,
  malformed,
  pendingAfter,
  singly,
  skipped,
  tooLong,
} from "../../test/decoded.ts";
import { type LengthPrefixOptions, lengthPrefix } from "./length-prefix.ts";

const mebibyte = 1024 * 1024;

describe("lengthPrefix, by default", () => {
  it("reads 4 bytes, big endian, and as many bytes as they say", () => {
    expect(decoded(lengthPrefix(), "\0\0\0\x02hi\0\0\0\0\0\0\0\x01!")).toEqual(["hi", "", "!"]);
  });

  it("writes what it reads", () => {
    expect(framed(lengthPrefix(), "hi")).toBe("\0\0\0\x02hi");
    expect(framed(lengthPrefix(), "")).toBe("\0\0\0\0");
    expect(framed(lengthPrefix(), "x".repeat(0x1_02_03))).toBe(`\0\x01\x02\x03${"x".repeat(0x1_02_03)}`);
  });

  it.each([["\0\0\0\x05hello"], ["\0\0", "\0\x05hello"], ["\0\0\0\x05he", "llo"], singly("\0\0\0\x05hello")])(
    "puts together what chunks cut: %j, %j, …",
    (...chunks) => {
      expect(decoded(lengthPrefix({ maxFrameBytes: 5 }), ...chunks)).toEqual(["hello"]);
    },
  );

  it.each([
    ["the maximum and one", "\0\x10\0\x01", mebibyte + 1],
    ["2^31", "\x80\0\0\0", 2 ** 31],
    ["2^32 - 1, which is -1 to who signs it", "\xff\xff\xff\xff", 2 ** 32 - 1],
  ])("refuses a length of %s on the header alone", (_, header, actual) => {
    expect(decoded(lengthPrefix(), header)).toEqual([tooLong(mebibyte, actual)]);
    expect(decoded(lengthPrefix(), ...singly(header))).toEqual([tooLong(mebibyte, actual)]);
  });

  it("takes exactly the maximum and not a byte more, the frame being there or not", () => {
    const five = lengthPrefix({ maxFrameBytes: 5 });
    for (const rest of ["", "sixsix", "sixsix\0\0\0\0"]) {
      expect(decoded(five, `\0\0\0\x05hello\0\0\0\x06${rest}`)).toEqual(["hello", tooLong(5, 6)]);
    }
  });

  it("holds back what has come of a frame, and says so at the end of input", () => {
    expect(pendingAfter(lengthPrefix(), "\0\0\0")).toBe(3);
    expect(pendingAfter(lengthPrefix(), "\0\0\0\x05hel")).toBe(7);
    expect(decodedToEnd(lengthPrefix(), "\0\0\0")).toEqual([malformed]);
    expect(decodedToEnd(lengthPrefix(), "\0\0\0\x05hel")).toEqual([malformed]);
    expect(decodedToEnd(lengthPrefix(), "\0\0\0\x02hi")).toEqual(["hi"]);
  });

  it("reserves nothing for a length, and little for the first byte behind it", () => {
    const header = bytesOf("\0\x10\0\0x");
    const sink = { frame: () => true, fault: () => true };
    const decoders = Array.from({ length: 1_000 }, () => lengthPrefix().decoder());
    const before = process.memoryUsage().arrayBuffers;
    for (const decoder of decoders) decoder.push(header, 0, 4, sink);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(mebibyte);
    for (const decoder of decoders) decoder.push(header, 4, 5, sink);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(34 * mebibyte);
    expect(decoders.every(({ pending }) => pending === 5)).toBe(true);
  });
});

describe("lengthPrefix, by width and byte order", () => {
  it.each<[LengthPrefixOptions, string]>([
    [{ width: 1 }, "\x02"],
    [{ width: 2 }, "\0\x02"],
    [{ width: 2, endian: "little" }, "\x02\0"],
    [{ width: 3 }, "\0\0\x02"],
    [{ width: 3, endian: "little" }, "\x02\0\0"],
    [{ width: 4, endian: "little" }, "\x02\0\0\0"],
    [{ width: 8 }, "\0\0\0\0\0\0\0\x02"],
    [{ width: 8, endian: "little" }, "\x02\0\0\0\0\0\0\0"],
    [{ width: "varint" }, "\x02"],
  ])("%j is read and written", (options, header) => {
    expect(decoded(lengthPrefix(options), `${header}hi`)).toEqual(["hi"]);
    expect(framed(lengthPrefix(options), "hi")).toBe(`${header}hi`);
  });

  it.each<[LengthPrefixOptions, string, number]>([
    [{ width: 1 }, "\x06", 6],
    [{ width: 2 }, "\xff\xff", 0xffff],
    [{ width: 2, endian: "little" }, "\0\x80", 0x8000],
    [{ width: 3 }, "\xff\xff\xff", 0xff_ffff],
    [{ width: 4, endian: "little" }, "\0\0\0\x80", 2 ** 31],
    [{ width: 8 }, "\0\0\0\x01\0\0\0\0", 2 ** 32],
    [{ width: 8 }, "\0\x20\0\0\0\0\0\0", 2 ** 53],
    [{ width: 8 }, "\x7f\xff\xff\xff\xff\xff\xff\xff", 2 ** 63],
    [{ width: 8 }, "\xff\xff\xff\xff\xff\xff\xff\xff", 2 ** 64],
    [{ width: 8, endian: "little" }, "\0\0\0\0\0\0\0\xff", 0xff * 2 ** 56],
  ])("%j refuses the length %j", (options, header, actual) => {
    expect(decoded(lengthPrefix({ ...options, maxFrameBytes: 5 }), header)).toEqual([tooLong(5, actual)]);
  });

  it("refuses to send what the field cannot hold", () => {
    const narrow = lengthPrefix({ width: 1 });
    expect(framed(narrow, "x".repeat(255)).length).toBe(256);
    expect(() => framed(narrow, "x".repeat(256))).toThrow(expect.objectContaining({ code: "unencodable" }));
    expect(() => framed(lengthPrefix({ width: 2 }), "x".repeat(65_536))).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
  });

  it("refuses to send more than the maximum", () => {
    const code = "frame-too-long";
    expect(() => framed(lengthPrefix({ maxFrameBytes: 5 }), "sixsix")).toThrow(
      expect.objectContaining({ code, limit: 5, actual: 6, blame: "local" }),
    );
  });
});

describe("lengthPrefix, with a varint", () => {
  const varint = lengthPrefix({ width: "varint" });

  it.each([
    [0, "\0"],
    [127, "\x7f"],
    [128, "\x80\x01"],
    [16_383, "\xff\x7f"],
    [16_384, "\x80\x80\x01"],
  ])("writes and reads a length of %j as %j", (length, header) => {
    const payload = "x".repeat(length);
    expect(framed(varint, payload)).toBe(header + payload);
    expect(decoded(varint, ...singly(header), payload)).toEqual([payload]);
  });

  it.each([
    "\x80\0",
    "\xff\x80\0",
    "\x80\x80\x80\x80\x80\x80\x80\x80",
    "\xff\xff\xff\xff\xff\xff\xff\xff\x01",
  ])("refuses %j: not the shortest form, or longer than 8 bytes", (header) => {
    expect(decoded(varint, header)).toEqual([malformed]);
    expect(decoded(varint, ...singly(header))).toEqual([malformed]);
  });

  it("knows what is too long in 8 bytes, and what is not yet whole in fewer", () => {
    expect(decoded(varint, "\xff\xff\xff\xff\xff\xff\xff\x7f")).toEqual([tooLong(mebibyte, 2 ** 56)]);
    expect(decoded(varint, "\x80\x80\x80\x80\x80\x80\x80")).toEqual([]);
    expect(decodedToEnd(varint, "\x80")).toEqual([malformed]);
  });
});

describe("lengthPrefix, adjusted", () => {
  it("holds the limit against the frame as it is delivered", () => {
    const longer = lengthPrefix({ width: 1, lengthAdjustment: 2, maxFrameBytes: 4 });
    expect(decoded(longer, "\x02abcd\x03")).toEqual(["abcd", tooLong(4, 5)]);
    const kept = lengthPrefix({ width: 1, stripBytes: 0, maxFrameBytes: 4 });
    expect(decoded(kept, "\x03abc\x04")).toEqual(["\x03abc", tooLong(4, 5)]);
    const shorter = lengthPrefix({ width: 1, countsHeader: true, maxFrameBytes: 4 });
    expect(decoded(shorter, "\x05abcd\x06")).toEqual(["abcd", tooLong(4, 5)]);
  });

  it.each<[LengthPrefixOptions, string]>([
    [{ width: 1, lengthAdjustment: -3 }, "\x02"],
    [{ width: 1, countsHeader: true }, "\0"],
    [{ width: 2, lengthOffset: 2, countsHeader: true }, "ab\0\x03"],
    [{ width: "varint", lengthAdjustment: -1 }, "\0"],
  ])("%j calls malformed what would count less than nothing: %j", (options, header) => {
    expect(decoded(lengthPrefix(options), header)).toEqual([malformed]);
    expect(decoded(lengthPrefix(options), ...singly(header))).toEqual([malformed]);
  });

  it("refuses to send a frame that would need a length below nothing", () => {
    expect(() => framed(lengthPrefix({ lengthAdjustment: 3 }), "ab")).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
  });

  it("writes zeros where it has stripped, and fills the length into the header that the message brings", () => {
    expect(framed(lengthPrefix({ width: 1, lengthOffset: 2 }), "ab")).toBe("\0\0\x02ab");
    expect(framed(lengthPrefix({ width: 1, lengthOffset: 2, stripBytes: 1 }), "T?ab")).toBe("\0T\x02ab");
    expect(() => framed(lengthPrefix({ width: 4, stripBytes: 0 }), "abc")).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
  });
});

describe("lengthPrefix, skipping", () => {
  const skipping = lengthPrefix({ width: 1, maxFrameBytes: 3, onTooLong: "skip" });
  const stream = "\x01a\x05hello\x04abcd\x03bcd";

  it("tells of each frame that is too long once, and reads the next", () => {
    const expected = ["a", skipped(3, 5), skipped(3, 4), "bcd"];
    expect(decoded(skipping, stream)).toEqual(expected);
    expect(decoded(skipping, ...singly(stream))).toEqual(expected);
  });

  it("skips no frame whose length is beyond 2⁵³, and so not known", () => {
    const wide = lengthPrefix({ width: 8, maxFrameBytes: 3, onTooLong: "skip" });
    expect(decoded(wide, "\0\x20\0\0\0\0\0\0", "more")).toEqual([tooLong(3, 2 ** 53)]);
    expect(decoded(wide, "\0\x1f\xff\xff\xff\xff\xff\xff", "more")).toEqual([skipped(3, 2 ** 53 - 1)]);
  });

  it("keeps nothing of what it skips, and misses the rest of it at the end of input", () => {
    expect(pendingAfter(skipping, "\x05hel", "l")).toBe(0);
    expect(decodedToEnd(skipping, "\x05hel")).toEqual([skipped(3, 5), malformed]);
  });
});

describe("lengthPrefix speaks", () => {
  it.each<[string, LengthPrefixOptions, string, string]>([
    ["DNS over TCP (RFC 1035, 4.2.2)", { width: 2 }, "\0\x02hi", "hi"],
    [
      "TPKT (RFC 1006)",
      { width: 2, lengthOffset: 2, countsHeader: true, stripBytes: 0 },
      "\x03\0\0\x06hi",
      "\x03\0\0\x06hi",
    ],
    [
      "Modbus TCP",
      { width: 2, lengthOffset: 4, stripBytes: 0 },
      "\0\x01\0\0\0\x02\x11\x03",
      "\0\x01\0\0\0\x02\x11\x03",
    ],
    [
      "PostgreSQL behind its startup message",
      { lengthOffset: 1, lengthAdjustment: -4, stripBytes: 0 },
      "Q\0\0\0\x06q\0",
      "Q\0\0\0\x06q\0",
    ],
    ["MySQL", { width: 3, endian: "little", lengthAdjustment: 1 }, "\x02\0\0\x07hi", "\x07hi"],
    ["MongoDB", { endian: "little", countsHeader: true, stripBytes: 0 }, "\x06\0\0\0hi", "\x06\0\0\0hi"],
    [
      "AMQP 0-9-1",
      { lengthOffset: 3, lengthAdjustment: 1, stripBytes: 0 },
      "\x01\0\0\0\0\0\x02hi\xce",
      "\x01\0\0\0\0\0\x02hi\xce",
    ],
    [
      "Diameter (RFC 6733)",
      { width: 3, lengthOffset: 1, countsHeader: true, stripBytes: 0 },
      "\x01\0\0\x06hi",
      "\x01\0\0\x06hi",
    ],
    ["Chrome native messaging on little-endian machines", { endian: "little" }, "\x02\0\0\0hi", "hi"],
  ])("%s", (_, options, stream, frame) => {
    expect(decoded(lengthPrefix(options), stream + stream)).toEqual([frame, frame]);
    expect(decoded(lengthPrefix(options), ...singly(stream))).toEqual([frame]);
    expect(framed(lengthPrefix(options), frame)).toBe(stream);
  });
});

it.each([
  { width: 5 },
  { width: "4" },
  { endian: "middle" },
  { lengthOffset: -1 },
  { lengthOffset: 1025 },
  { lengthAdjustment: 0.5 },
  { lengthAdjustment: 2 ** 31 },
  { stripBytes: 5 },
  { stripBytes: -1 },
  { width: "varint", lengthOffset: 1 },
  { width: "varint", countsHeader: true },
  { width: "varint", stripBytes: 0 },
  { maxFrameBytes: 0 },
  { onTooLong: "drop" },
])("lengthPrefix refuses the options %j", (options) => {
  expect(() => lengthPrefix(options as LengthPrefixOptions)).toThrow(
    expect.objectContaining({ code: "bad-option" }),
  );
});
