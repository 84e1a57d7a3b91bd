import { msgpack } from "@parley/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MsgpackCalls } from "../src/codec/msgpack-calls.ts";
import { Request, Result } from "../src/engine/wire.ts";
import { outcomeOf, writingOf, writtenBy } from "./both-ways.ts";
import { requests, results, wireMessages } from "./wire-messages.ts";

const plain = msgpack();
const calls = new MsgpackCalls(msgpack());
describe("MsgpackCalls", () => {
  it.each([(bytes: number[]) => bytes, compact])(
    "reads messages, whole or damaged, as MessagePack has them",
    (written) => {
      fc.assert(
        fc.property(wireMessages, fc.array(damages, { maxLength: 3 }), (message, damaged) => {
          const writing = writingOf(plain, message);
          fc.pre("bytes" in writing);
          const bytes = written([...writing.bytes]);
          for (const { at, length, put } of damaged) bytes.splice(at % (bytes.length + 1), length, ...put);
          const text = Uint8Array.from(bytes);
          expect(outcomeOf(calls, text)).toEqual(outcomeOf(plain, text));
        }),
        { numRuns: 2_000 },
      );
    },
  );

  it("reads numbers of every kind", () => {
    for (const a of [
      0,
      127,
      128,
      255,
      256,
      65_535,
      65_536,
      2 ** 31,
      2 ** 32,
      2 ** 40,
      -1,
      -33,
      -40_000,
      1.5,
      -0,
    ]) {
      const bytes = writtenBy(plain, new Request(1, "m", { a }, undefined));
      expect(outcomeOf(calls, bytes)).toEqual(outcomeOf(plain, bytes));
      const result = writtenBy(plain, new Result(1, a));
      expect(outcomeOf(calls, result)).toEqual(outcomeOf(plain, result));
    }
  });

  it("reads and writes as deep as MessagePack does, and no deeper", () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    for (const depth of [62, 63, 64, 65]) {
      const deep = msgpack({ maxDepth: 100 });
      const bytes = writtenBy(deep, new Result(1, nested(depth)));
      expect(outcomeOf(calls, bytes)).toEqual(outcomeOf(plain, bytes));
      const message = new Result(1, nested(depth));
      expect(writingOf(calls, message)).toEqual(writingOf(plain, message));
    }
  });

  it("writes messages byte for byte as MessagePack has them", () => {
    fc.assert(
      fc.property(fc.oneof(requests, results), (message) => {
        expect(writingOf(calls, message)).toEqual(writingOf(plain, message));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** With heads of one byte for maps of up to 15 members; ours have three. */
function compact(bytes: readonly number[]): number[] {
  const shorter: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const isMapHead = bytes[at] === 0xde && bytes[at + 1] === 0 && (bytes[at + 2] as number) < 16;
    shorter.push(isMapHead ? 0x80 + (bytes[at + 2] as number) : (bytes[at] as number));
    if (isMapHead) at += 2;
  }
  return shorter;
}

const damages = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 3 }),
  put: fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xde, 0xa0, 0xc0, 0xcb, 0xcc, 0xcf)), {
    maxLength: 3,
  }),
});
