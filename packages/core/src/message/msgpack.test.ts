import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { encode, msgpack, msgpackFrames } from "../index.ts";

const decode = (bytes: readonly number[], options = {}): unknown =>
  msgpack(options).decode(Uint8Array.from(bytes), 0, bytes.length);

const malformed = expect.objectContaining({ code: "malformed", blame: "remote" });

describe("msgpack", () => {
  it("reads every type of the specification", () => {
    expect(decode([0xc0])).toBe(null);
    expect(decode([0xc3])).toBe(true);
    expect(decode([0x7f])).toBe(127);
    expect(decode([0xe0])).toBe(-32);
    expect(decode([0xcd, 1, 0])).toBe(256);
    expect(decode([0xd1, 0xff, 0])).toBe(-256);
    expect(decode([0xca, 0x3f, 0x80, 0, 0])).toBe(1);
    expect(decode([0xcf, 0, 0x1f, 255, 255, 255, 255, 255, 255])).toBe(Number.MAX_SAFE_INTEGER);
    expect(decode([0xd3, 255, 0xe0, 0, 0, 0, 0, 0, 1])).toBe(Number.MIN_SAFE_INTEGER);
    expect(decode([0xa1, 0x61])).toBe("a");
    expect(decode([0xd9, 1, 0x61])).toBe("a");
    expect(decode([0xc4, 2, 1, 2])).toEqual(Uint8Array.of(1, 2));
    expect(decode([0x92, 1, 0x90])).toEqual([1, []]);
    expect(decode([0x82, 0xa1, 0x61, 1, 0x02, 2])).toEqual({ a: 1, 2: 2 });
    expect(decode([0xd6, 0xff, 0, 0, 0, 1])).toEqual(new Date(1000));
    expect(decode([0xd7, 0xff, 0xee, 0x6b, 0x27, 0xfc, 0, 0, 0, 1])).toEqual(new Date(1999.999));
    expect(decode(timestamp96(-8_640_000_000_000n))).toEqual(new Date(-8.64e15));
    expect(decode(timestamp96(8_640_000_000_000n))).toEqual(new Date(8.64e15));
  });

  it("hands out bytes of their own, as Uint8Array", () => {
    const chunk = Uint8Array.of(0xc4, 2, 1, 2);
    const value = msgpack<Uint8Array>().decode(chunk, 0, 4);
    chunk.fill(9);
    expect([...value]).toEqual([1, 2]);
    expect(value).toBeInstanceOf(Uint8Array);
  });

  it.each([
    ["nothing at all", []],
    ["two values", [1, 2]],
    ["a string cut short", [0xa5, 0x61]],
    ["a binary cut short", [0xc6, 255, 255, 255, 255, 1]],
    ["an array that announces 2³² − 1 elements", [0xdd, 255, 255, 255, 255, 1, 2, 3]],
    ["a map that announces more than it has", [0x85, 0xa1, 0x61, 1]],
    ["a map whose last value is missing", [0x81, 0xa1, 0x61]],
    ["the byte that means nothing", [0xc1]],
    ["text that is not UTF-8", [0xa1, 0xff]],
    ["a map with a map for a key", [0x81, 0x80, 1]],
    ["an extension that might be anything", [0xd4, 0x72, 0x40]],
    ["a timestamp of 1 byte", [0xd4, 0xff, 0]],
    ["a timestamp of a second of 10⁹ nanoseconds", [0xd7, 0xff, 0xee, 0x6b, 0x28, 0, 0, 0, 0, 0]],
    [
      "a longer timestamp of a second of 10⁹ nanoseconds",
      [0xc7, 12, 0xff, 0x3b, 0x9a, 0xca, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    ["a timestamp later than a Date can be", timestamp96(8_640_000_000_001n)],
    ["a timestamp earlier than a Date can be", timestamp96(-8_640_000_000_001n)],
    ["an integer beyond 2⁵³", [0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0]],
    ["an integer below −2⁵³", [0xd3, 255, 0xdf, 255, 255, 255, 255, 255, 255]],
  ])("refuses %s", (_, bytes) => {
    expect(() => decode(bytes)).toThrow(malformed);
  });

  it("refuses nesting beyond its depth before it recurses (msgpack5 CVE-2026-107298)", () => {
    const nested = (depth: number): number[] => [...new Array(depth).fill(0x91), 1];
    expect(decode(nested(64))).toBeTruthy();
    expect(() => decode(nested(65))).toThrow(malformed);
    expect(() => decode(nested(1_000_000))).toThrow(malformed);
    expect(decode(nested(2), { maxDepth: 2 })).toEqual([[1]]);
    expect(() => decode(nested(3), { maxDepth: 2 })).toThrow(malformed);
  });

  it("has no byte that waits for ever (msgpack5 CVE-2026-107301)", () => {
    for (let first = 0; first < 256; first++) {
      const bytes = Uint8Array.of(first);
      try {
        msgpack().decode(bytes, 0, 1);
      } catch (error) {
        expect(error).toEqual(malformed);
      }
    }
  });

  it("keeps prototypes out of a message's reach", () => {
    const bytes = new Packr({ useRecords: false }).pack(new Map([["__proto__", { polluted: true }]]));
    const value = msgpack<Record<string, unknown>>().decode(bytes, 0, bytes.length);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value.polluted).toBe(undefined);
  });

  it("has bigints where asked for, and only for what a number cannot hold", () => {
    const options = { integers: "bigint" } as const;
    expect(decode([0xcf, 0, 0x20, 0, 0, 0, 0, 0, 1], options)).toBe(2n ** 53n + 1n);
    expect(decode([0xd3, 255, 255, 255, 255, 255, 255, 255, 255], options)).toBe(-1);
  });

  it("refuses to send what the other side would refuse", () => {
    const codec = msgpackFrames();
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    let deep: unknown = 1;
    for (let i = 0; i < 65; i++) deep = [deep];
    for (const message of [2n ** 60n, cyclic, deep, new Map([[{}, 1]]), Symbol("s")]) {
      expect(() => encode(codec, message)).toThrow(expect.objectContaining({ code: "unencodable" }));
    }
  });

  it("checks its options", () => {
    expect(() => msgpack({ maxDepth: 0 })).toThrow(expect.objectContaining({ code: "bad-option" }));
    expect(() => msgpack({ integers: "no" as "safe" })).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
  });
});

/** So many seconds, and no nanoseconds. */
function timestamp96(seconds: bigint): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(seconds);
  return [0xc7, 12, 0xff, 0, 0, 0, 0, ...bytes];
}
