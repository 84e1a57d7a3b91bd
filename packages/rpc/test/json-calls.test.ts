import { json } from "@parley/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonCalls } from "../src/codec/json-calls.ts";
import { Result } from "../src/engine/wire.ts";
import { outcomeOf, writingOf, writtenBy } from "./both-ways.ts";
import { requests, results, wireMessages } from "./wire-messages.ts";

const plain = json();
const calls = new JsonCalls(json());
const read = (text: string) => outcomeOf(calls, Buffer.from(text));

/** What it is to be read as, whichever way that takes. */
const asJson = (text: string) => outcomeOf(plain, Buffer.from(text));

/** Parameters of numbers and words, and what looks like them. */
const flat = [
  "{}",
  '{"a":1,"b":2.5,"c":-3,"d":true,"e":false,"f":null}',
  '{"a":0.1,"b":123456789.012345,"c":-0,"d":-0.0,"e":0.000001}',
  '{"a":123456789012345,"b":1234567890123456,"c":0.1234567890123456}',
  '{"a":1,"a":2}',
  '{"2":1,"1":2,"b":3,"a":4}',
  '{"constructor":1,"toString":2}',
  '{"__proto__":null}',
  '{"__proto__":1}',
  '{"":1}',
  '{"é":1}',
  '{"\\n":1}',
  '{"a":1e3}',
  '{"a":"b"}',
  '{"a":{}}',
  ...[
    "01",
    "-",
    "-01",
    "1.",
    ".5",
    "1.2.3",
    "+1",
    "00.5",
    "truE",
    "tru",
    "nul",
    "falsey",
    "1,",
    "",
    "1}",
    "-a",
  ].map((value) => `{"a":${value}}`),
  '{"a":1 }',
  '{"a" :1}',
  '{"a":1,}',
  '{,"a":1}',
  '{"a":1;"b":2}',
  '{"a"}',
  "{a:1}",
  `{${Array.from({ length: 40 }, (_, i) => `"n${i}":${i}`).join()}}`,
];

describe("JsonCalls", () => {
  it.each([
    '{"jsonrpc":"2.0","id":1,"method":"add","params":{"a":1,"b":2}}',
    '{"jsonrpc":"2.0","id":0,"method":"add","params":[1,2],"meta":{"timeoutMs":30000}}',
    '{"jsonrpc":"2.0","id":7,"method":"now"}',
    '{"jsonrpc":"2.0","id":7,"method":"now","meta":{"timeoutMs":0}}',
    '{"jsonrpc":"2.0","id":7,"method":"now","meta":{"timeoutMs":5,"key":"a:1"}}',
    '{"jsonrpc":"2.0","id":7,"method":"now","params":{},"meta":{"key":"{"}}',
    '{"jsonrpc":"2.0","id":7,"method":"now","params":{"meta":{"timeoutMs":5}}}',
    '{"jsonrpc":"2.0","id":7,"method":"now","params":{"text":",\\"meta\\":{\\"timeoutMs\\":5}"}}',
    '{"jsonrpc":"2.0","id":7,"method":"now","params":{"__proto__":1}}',
    '{"jsonrpc":"2.0","id":7,"method":"now","params":{"a":1},"params":{"a":2}}',
    '{"jsonrpc":"2.0","id":7,"method":"now","params":{"a":1},"id":{}}',
    '{"jsonrpc":"2.0","id":7,"method":"\\u0061","params":{}}',
    '{"jsonrpc":"2.0","id":7,"method":"é","params":{}}',
    '{"jsonrpc":"2.0","id":7,"method":"","params":{}}',
    '{"jsonrpc":"2.0","id":7,"result":12}',
    '{"jsonrpc":"2.0","id":7,"result":null}',
    '{"jsonrpc":"2.0","id":7,"result":-0}',
    '{"jsonrpc":"2.0","id":7,"result":123456789012345678901234567890}',
    '{"jsonrpc":"2.0","id":7,"result":{"a":[1]},"error":null}',
    '{"jsonrpc":"2.0","id":123456789012345678901234567890,"result":1}',
    '{"jsonrpc":"2.0","id":07,"result":1}',
    '{"jsonrpc":"2.0","id":7,"result":01}',
    '{"jsonrpc":"2.0","id":7,"result":1}}',
    '{"jsonrpc":"2.0","id":7,"result":1',
    '{"jsonrpc":"2.0","id":7,"result":}',
    '{"jsonrpc":"2.0","id":,"result":1}',
    '{"jsonrpc":"2.0","id":7,"method":"a\u0001","params":{}}',
    '{"jsonrpc":"2.0","id":7,"method":"a","params":}',
    '{"jsonrpc":"2.0","id":7,"method":"a","params":1}',
    '{"jsonrpc":"2.0","id":7,"method":"a","params":{"a":1},"meta":{"timeoutMs":01}}',
    '{"jsonrpc":"2.0","id":7,"method":"a","params":{"a":1},"meta":{"timeoutMs":1}',
    '{"jsonrpc":"2.0","id":7,"method":"a","params":{"a":1},"meta":{"timeoutMs":1]}',
    '{"jsonrpc":"2.0","id":7,"method":"a","params":{"a":1},"meta":{"timeoutMs":1}}}',
    '{"jsonrpc":"2.0","id":7,"method":"a","params":{"a":1,"meta":{"timeoutMs":1}}',
    '{"jsonrpc":"2.0","id":7,"method":"a","params":{"a":1}{"b":1}}',
    ...flat.map((params) => `{"jsonrpc":"2.0","id":7,"method":"a","params":${params}}`),
    "",
    "}",
  ])("reads %s as JSON has it", (text) => {
    expect(read(text)).toEqual(asJson(text));
  });

  it("reads messages, whole or damaged, as JSON has them", () => {
    fc.assert(
      fc.property(wireMessages, fc.array(damages, { maxLength: 3 }), (message, damaged) => {
        let text = JSON.stringify(message);
        for (const { at, length, put } of damaged) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + put + text.slice(from + length);
        }
        expect(read(text)).toEqual(asJson(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it("reads as deep as JSON does, and no deeper", () => {
    const nested = (depth: number) =>
      `{"jsonrpc":"2.0","id":7,"method":"a","params":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(read(nested(63))).toEqual(asJson(nested(63)));
    expect(read(nested(63))).toHaveProperty("value");
    expect(read(nested(64))).toEqual(asJson(nested(64)));
    expect(read(nested(64))).toHaveProperty("error");
  });

  it("keeps no more names than it has room for, and tells each from the other", () => {
    for (let i = 0; i < 2_000; i++) {
      const text = `{"jsonrpc":"2.0","id":7,"method":"m${i}","params":{}}`;
      expect(read(text)).toEqual(asJson(text));
    }
  });

  it("writes messages byte for byte as JSON has them", () => {
    fc.assert(
      fc.property(fc.oneof(requests, results), (message) => {
        expect(writingOf(calls, message)).toEqual(writingOf(plain, message));
      }),
      { numRuns: 5_000 },
    );
  });

  it("leaves nothing behind of a message that cannot be written", () => {
    expect(() => writtenBy(calls, new Result(1, 1n))).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
  });
});

const damages = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 3 }),
  put: fc.oneof(
    fc.constantFrom("", "{", "}", '"', ",", "[", "]", ":", "0", "9", " ", "\\", '"meta":{'),
    fc.string(),
  ),
});
