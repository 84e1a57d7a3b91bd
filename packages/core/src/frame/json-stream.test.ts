import { describe, expect, it } from "vitest";
import {
  decoded,
  decodedToEnd,
  framed,
  malformed,
  pendingAfter,
  singly,
  skipped,
  tooLong,
} from "../../test/decoded.ts";
import { type JsonStreamOptions, jsonStream } from "./json-stream.ts";

describe("jsonStream", () => {
  it("reads values with nothing, white space or a record separator between them", () => {
    expect(decoded(jsonStream(), '{"a":1}{"a":2}[3]"4"')).toEqual(['{"a":1}', '{"a":2}', "[3]", '"4"']);
    expect(decoded(jsonStream(), "\x1e{}\n\x1e[]\n \t\r\n{}")).toEqual(["{}", "[]", "{}"]);
  });

  it("reads pretty-printed values, with their inner white space", () => {
    const pretty = JSON.stringify({ a: [1, { b: null }], c: "d" }, null, 2);
    expect(decoded(jsonStream(), `${pretty}\n${pretty}\n`)).toEqual([pretty, pretty]);
    expect(decoded(jsonStream(), ...singly(`${pretty}${pretty}`))).toEqual([pretty, pretty]);
  });

  it("counts no bracket, quote or comma within a string, escaped or not, wherever chunks cut", () => {
    const values = ['{"a":"}]{[,"}', '"\\"}"', '["\\\\"]', '{"\\"":"\\\\\\""}', '"\\u007d"'];
    expect(decoded(jsonStream(), values.join(""))).toEqual(values);
    expect(decoded(jsonStream(), ...singly(values.join("")))).toEqual(values);
    expect(decoded(jsonStream(), '["\\', '"]"]')).toEqual(['["\\"]"]']);
  });

  it("ends a number or a word where it can see that another value begins, or white space", () => {
    expect(decoded(jsonStream(), '1 -2.5e3\ntrue[]false{}null"x"1\n')).toEqual([
      "1",
      "-2.5e3",
      "true",
      "[]",
      "false",
      "{}",
      "null",
      '"x"',
      "1",
    ]);
    expect(decoded(jsonStream(), "12", "34", " ")).toEqual(["1234"]);
  });

  it("delivers a number that ends the input, and nothing that lacks its end", () => {
    expect(decodedToEnd(jsonStream(), "[1] 23")).toEqual(["[1]", "23"]);
    expect(decodedToEnd(jsonStream(), "[1]\n")).toEqual(["[1]"]);
    for (const rest of ["[", '{"a":1', '"abc', '"\\']) {
      expect(decodedToEnd(jsonStream(), `[1]${rest}`), rest).toEqual(["[1]", malformed]);
    }
  });

  it.each(["}", "]", ",", ":", "x", "\0", "\xef\xbb\xbf{}", "GET / HTTP/1.1"])(
    "calls malformed what begins no value: %j",
    (noise) => {
      expect(decoded(jsonStream(), `1 ${noise}`).at(-1)).toEqual(malformed);
    },
  );

  it("leaves it to the message codec whether brackets match and words are words", () => {
    expect(decoded(jsonStream(), '[}{"a"]tru ')).toEqual(["[}", '{"a"]', "tru"]);
  });

  it("refuses what nests deeper than maxDepth, as soon as it does", () => {
    const two = jsonStream({ maxDepth: 2 });
    expect(decoded(two, '[[]][{"a":"[[["}]')).toEqual(["[[]]", '[{"a":"[[["}]']);
    expect(decoded(two, "[[]][[[")).toEqual(["[[]]", malformed]);
    expect(decoded(two, ...singly('{"a":[{'))).toEqual([malformed]);
    expect(decoded(jsonStream(), `${"[".repeat(64)}${"]".repeat(64)}`)).toHaveLength(1);
    expect(decoded(jsonStream(), "[".repeat(65))).toEqual([malformed]);
  });

  it("takes exactly the maximum and not a byte more, whether or not the value has ended", () => {
    const four = jsonStream({ maxFrameBytes: 4 });
    for (const value of ["[12]", '"ab"', "true", "1234"]) {
      expect(decodedToEnd(four, value, "\n"), value).toEqual([value]);
      expect(decodedToEnd(four, ...singly(value)), value).toEqual([value]);
    }
    for (const chunks of [["[123]"], ["[1234"], ['"abc"'], ["12345"], singly("[123]"), ["[12", "3]"]]) {
      expect(decoded(four, ...chunks, " "), chunks.join("|")).toEqual([tooLong(4)]);
    }
  });

  it("does not count the white space between values", () => {
    expect(decoded(jsonStream({ maxFrameBytes: 2 }), " ".repeat(100), "[]")).toEqual(["[]"]);
    expect(pendingAfter(jsonStream(), " \n\t")).toBe(0);
  });

  it("skips what is too long where asked to, and tells of it once", () => {
    const skipping = jsonStream({ maxFrameBytes: 4, onTooLong: "skip" });
    const stream = '{"a":["}"]}[1]"longer\\"" 2 ';
    expect(decoded(skipping, stream)).toEqual([skipped(4), "[1]", skipped(4), "2"]);
    expect(decoded(skipping, ...singly(stream))).toEqual([skipped(4), "[1]", skipped(4), "2"]);
    expect(pendingAfter(skipping, '["abcdef', "ghi")).toBe(0);
  });

  it("sends the value and an LF, and never nothing", () => {
    expect(framed(jsonStream(), "{}")).toBe("{}\n");
    expect(() => framed(jsonStream(), "")).toThrow(expect.objectContaining({ code: "unencodable" }));
  });
});

describe("jsonStream of elements", () => {
  const elements = jsonStream({ elements: true });

  it.each([
    ["[]", []],
    ["[1]", ["1"]],
    [' [ 1 , "a,]" , [2,3] ,\n{"b":[]} ] \n', ["1", '"a,]"', "[2,3]", '{"b":[]}']],
    ["[1,[[]]", ["1", "[[]]"]],
  ])("reads from %j the elements %j", (stream, expected) => {
    expect(decoded(elements, stream)).toEqual(expected);
    expect(decoded(elements, ...singly(stream))).toEqual(expected);
  });

  it.each(["{}", "1", "[,", "[1,,", "[1 2", "[1,]", "[1}", "[]]", "[] 1", "[]["])(
    "calls malformed %j",
    (stream) => {
      expect(decoded(elements, stream).at(-1)).toEqual(malformed);
      expect(decoded(elements, ...singly(stream)).at(-1)).toEqual(malformed);
    },
  );

  it("misses the closing bracket at the end of input", () => {
    expect(decodedToEnd(elements, "[1]")).toEqual(["1"]);
    expect(decodedToEnd(elements, "")).toEqual([]);
    for (const rest of ["[", "[[]", "[[],", "[1"])
      expect(decodedToEnd(elements, rest).at(-1)).toEqual(malformed);
  });

  it("counts depth within an element", () => {
    const flat = jsonStream({ elements: true, maxDepth: 1 });
    expect(decoded(flat, "[[1],[[")).toEqual(["[1]", malformed]);
  });

  it("only reads", () => {
    expect(() => framed(elements, "1")).toThrow(expect.objectContaining({ code: "unencodable" }));
  });
});

it.each([{ maxDepth: 0 }, { maxDepth: 10_001 }, { maxDepth: 1.5 }, { maxFrameBytes: -1 }, { onTooLong: "" }])(
  "jsonStream refuses the options %j",
  (options) => {
    expect(() => jsonStream(options as JsonStreamOptions)).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
  },
);
