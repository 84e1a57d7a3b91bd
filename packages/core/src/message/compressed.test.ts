import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { byteFrames, type Codec, compressed, encode } from "../index.ts";

const plain = byteFrames({ maxFrameBytes: 4096 });
const codec = compressed(plain);
const decode = (bytes: Uint8Array, by: Codec<Uint8Array> = codec): Uint8Array =>
  by.message.decode(bytes, 0, bytes.length);

describe("compressed", () => {
  it("reads raw deflate by anybody, and is smaller than what repeats", () => {
    const message = new Uint8Array(4000).fill(7);
    expect(decode(deflateRawSync(message))).toEqual(message);
    expect(encode(codec, message).bytes.length).toBeLessThan(100);
    expect(codec.id).not.toBe(plain.id);
  });

  it("stops a bomb at the limit, without inflating the rest", () => {
    const bomb = deflateRawSync(new Uint8Array(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decode(bomb, compressed(byteFrames()))).toThrow(
      expect.objectContaining({ code: "frame-too-long", limit: 1024 * 1024, blame: "remote" }),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  it("takes exactly the limit and not a byte more, either way", () => {
    const small = compressed(plain, { maxInflatedBytes: 10 });
    expect(decode(deflateRawSync(new Uint8Array(10)), small).length).toBe(10);
    const tooLong = expect.objectContaining({ code: "frame-too-long", limit: 10 });
    expect(() => decode(deflateRawSync(new Uint8Array(11)), small)).toThrow(tooLong);
    expect(() => encode(small, new Uint8Array(11))).toThrow(tooLong);
    expect(encode(small, new Uint8Array(10)).messages).toBe(1);
  });

  it("refuses what is not deflated, and what is cut short anywhere", () => {
    const whole = deflateRawSync(Buffer.from("hello, hello, hello, world"));
    for (let length = 0; length < whole.length; length++) {
      expect(() => decode(whole.subarray(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ code: "malformed" }),
      );
    }
    expect(() => decode(Uint8Array.of(7, 7, 7))).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  it("checks its options", () => {
    const bad = expect.objectContaining({ code: "bad-option" });
    expect(() => compressed(plain, { level: 10 as 9 })).toThrow(bad);
    expect(() => compressed(plain, { maxInflatedBytes: 0 })).toThrow(bad);
  });
});
