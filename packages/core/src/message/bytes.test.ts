import { describe, expect, it } from "vitest";
import { codec, encode } from "../codec.ts";
import { lengthPrefix } from "../frame/length-prefix.ts";
import { bytes } from "./bytes.ts";

describe("bytes", () => {
  const chunk = Uint8Array.of(1, 2, 3, 4, 5);

  it("copies the frame, so that it outlives the chunk", () => {
    const message = bytes().decode(chunk, 1, 4);
    expect(message).toEqual(Uint8Array.of(2, 3, 4));
    expect(message.buffer).not.toBe(chunk.buffer);
    expect(message.buffer.byteLength).toBe(3);
  });

  it("copies out of a Buffer too, whose own slice would be a view", () => {
    const message = bytes().decode(Buffer.from([1, 2, 3]), 0, 2);
    expect(message).toEqual(Uint8Array.of(1, 2));
    expect(Buffer.isBuffer(message)).toBe(false);
    expect(message.buffer.byteLength).toBe(2);
  });

  it("lends a view of the chunk where asked to", () => {
    const message = bytes({ borrow: true }).decode(chunk, 1, 4);
    expect(message).toEqual(Uint8Array.of(2, 3, 4));
    expect(message.buffer).toBe(chunk.buffer);
  });

  it("sends a message as it is, also an empty one, or part of a larger array", () => {
    const framed = codec(lengthPrefix({ width: 1 }), bytes());
    const { bytes: sent } = encode(framed, chunk.subarray(1, 3), new Uint8Array());
    expect([...sent]).toEqual([2, 2, 3, 0]);
  });

  it("is the same protocol, borrowed or not", () => {
    expect(bytes({ borrow: true }).id).toBe(bytes().id);
  });
});
