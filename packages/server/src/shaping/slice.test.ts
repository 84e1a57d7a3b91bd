import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { datagramsOf, firstDatagram, sliceOf } from "./slice.ts";

/** Each of them behind its length. */
function framed(payloads: readonly Uint8Array[]): Buffer {
  const parts = payloads.map((payload) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(payload.length);
    return Buffer.concat([head, payload]);
  });
  return Buffer.concat(parts);
}

describe("a slice", () => {
  it("is as long as may leave, and never empty", () => {
    expect(
      [0, 1, 7, 10, 11, Number.POSITIVE_INFINITY].map((max) => sliceOf(new Uint8Array(10), max)),
    ).toEqual([1, 1, 7, 10, 10, 10]);
  });

  it("of datagrams ends where one ends, with no more than may leave but for the first", () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(payloads, fc.nat(2_000), (sent, max) => {
        const bytes = framed(sent);
        const end = datagramsOf(bytes, max);
        const ends = sent.map((_, index) => framed(sent.slice(0, index + 1)).length);
        expect(end).toBe(ends.findLast((at) => at <= max) ?? ends[0]);
        expect(firstDatagram(bytes, 0)).toBe(ends[0]);
      }),
    );
  });

  it("of datagrams goes to the end where a length makes no sense", () => {
    for (const bytes of [[], [0], [0, 0, 0], [0xff, 0xff, 0xff, 0xff, 1]])
      expect(datagramsOf(Uint8Array.from(bytes), 1)).toBe(bytes.length);
  });
});
