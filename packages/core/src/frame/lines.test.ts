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
import { type LinesOptions, lines } from "./lines.ts";

describe("lines, on input", () => {
  it("end in LF or CR LF, and may be empty", () => {
    expect(decoded(lines(), "a\nb\r\n\n\r\n")).toEqual(["a", "b", "", ""]);
  });

  it("end in a CR LF that chunks cut in two", () => {
    expect(decoded(lines(), "a\r", "\nb\n")).toEqual(["a", "b"]);
    expect(decoded(lines(), "\r", "\n")).toEqual([""]);
  });

  it("hold a CR that is not before an LF", () => {
    expect(decoded(lines(), "a\rb\n\rc\nd\r\r\n")).toEqual(["a\rb", "\rc", "d\r"]);
    expect(decoded(lines(), "a\r", "b\n")).toEqual(["a\rb"]);
  });

  it("hold any other byte", () => {
    expect(decoded(lines(), "\0\x80\xff\n")).toEqual(["\0\x80\xff"]);
  });

  it("end in LF alone where newline is lf", () => {
    expect(decoded(lines({ newline: "lf" }), "a\r\n\r", "\n")).toEqual(["a\r", "\r"]);
  });

  it("end in CR LF alone where newline is crlf, an LF without it being malformed", () => {
    const strict = lines({ newline: "crlf" });
    expect(decoded(strict, "a\r\nb\r", "\nc\rd\r\n")).toEqual(["a", "b", "c\rd"]);
    expect(decoded(strict, "a\r\nb\nc\r\n")).toEqual(["a", malformed]);
    expect(decoded(strict, "\n")).toEqual([malformed]);
    expect(decoded(strict, "a", "\n")).toEqual([malformed]);
  });

  it("keep their newline where asked for", () => {
    expect(decoded(lines({ keepNewline: true }), "a\nb\r", "\n\n")).toEqual(["a\n", "b\r\n", "\n"]);
  });
});

describe("lines, at their maximum", () => {
  const four = lines({ maxFrameBytes: 4 });

  it.each([
    ["abcd\n"],
    ["abcd\r\n"],
    ["abcd", "\n"],
    ["abcd\r", "\n"],
    ["abcd", "\r", "\n"],
    singly("abcd\r\n"),
  ])("take exactly the maximum: %j, %j, …", (...chunks) => {
    expect(decoded(four, ...chunks)).toEqual(["abcd"]);
  });

  it.each([
    ["abcde\n"],
    ["abcde"],
    ["abcd", "e"],
    ["abcd\r\r\n"],
    ["abcd\r", "e"],
    ["abcd\r", "\r"],
    singly("abcde\n"),
  ])("take not a byte more, whether or not the newline has come: %j, %j, …", (...chunks) => {
    expect(decoded(four, ...chunks)).toEqual([tooLong(4)]);
  });

  it("count a CR that is payload, and a newline that is kept", () => {
    expect(decoded(lines({ maxFrameBytes: 4, newline: "lf" }), "abc\r\nabcd\r\n")).toEqual([
      "abc\r",
      tooLong(4),
    ]);
    const kept = lines({ maxFrameBytes: 4, keepNewline: true });
    expect(decoded(kept, "abc\nab\r\nabc\r\n")).toEqual(["abc\n", "ab\r\n", tooLong(4)]);
  });

  it.each([
    ["abcdefghij\nok\n"],
    ["abcdef", "ghij\nok\n"],
    ["abcd\r", "e\nok\n"],
    singly("abcdefghij\nok\n"),
  ])("are skipped up to their newline, and that is told once: %j, %j, …", (...chunks) => {
    const skipping = lines({ maxFrameBytes: 4, onTooLong: "skip" });
    expect(decoded(skipping, ...chunks)).toEqual([skipped(4), "ok"]);
  });

  it("keep nothing of what they skip", () => {
    expect(pendingAfter(lines({ maxFrameBytes: 4, onTooLong: "skip" }), "abcdefghij", "klm")).toBe(0);
  });
});

describe("lines, at the end of input", () => {
  it("deliver the last one without its newline, or call it a fault", () => {
    expect(decodedToEnd(lines(), "a\nb")).toEqual(["a", "b"]);
    expect(decodedToEnd(lines(), "a\r")).toEqual(["a\r"]);
    expect(decodedToEnd(lines({ unterminated: "fault" }), "a\nb")).toEqual(["a", malformed]);
  });

  it("have nothing more to say behind a newline, or within one that is skipped", () => {
    expect(decodedToEnd(lines({ unterminated: "fault" }), "a\n")).toEqual(["a"]);
    expect(decodedToEnd(lines({ maxFrameBytes: 1, onTooLong: "skip" }), "abc")).toEqual([skipped(1)]);
  });

  it("count the CR that no LF follows", () => {
    expect(decodedToEnd(lines({ maxFrameBytes: 4 }), "abcd\r")).toEqual([tooLong(4)]);
  });
});

describe("lines, on output", () => {
  it("end in what the options say", () => {
    expect(framed(lines(), "a")).toBe("a\n");
    expect(framed(lines({ send: "crlf" }), "a")).toBe("a\r\n");
    expect(framed(lines({ newline: "crlf" }), "")).toBe("\r\n");
    expect(framed(lines({ newline: "lf" }), "a\r")).toBe("a\r\n");
  });

  it("arrive with the CR that they end in", () => {
    expect(framed(lines(), "a\r")).toBe("a\r\r\n");
    expect(decoded(lines(), framed(lines(), "a\r"))).toEqual(["a\r"]);
  });

  it("do not double a newline that the message has", () => {
    expect(framed(lines({ keepNewline: true }), "a\n")).toBe("a\n");
    expect(framed(lines({ keepNewline: true }), "a\r\n")).toBe("a\r\n");
    expect(framed(lines({ keepNewline: true, send: "crlf" }), "a\r\n")).toBe("a\r\n");
    expect(framed(lines({ keepNewline: true, send: "crlf" }), "a")).toBe("a\r\n");
    const short = lines({ keepNewline: true, maxFrameBytes: 2 });
    expect(framed(short, "a")).toBe("a\n");
    expect(() => framed(short, "ab")).toThrow(expect.objectContaining({ code: "frame-too-long", actual: 3 }));
  });

  it.each<[LinesOptions, string]>([
    [{}, "a\nb"],
    [{}, "a\n"],
    [{ newline: "crlf" }, "\n"],
    [{ keepNewline: true }, "a\nb\n"],
  ])("refuse with %j the message %j, which would arrive as another", (options, message) => {
    expect(() => framed(lines(options), message)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });
});

it.each([
  { newline: "cr" },
  { newline: "lf", send: "crlf" },
  { newline: "crlf", send: "lf" },
  { unterminated: "drop" },
  { onTooLong: "ignore" },
  { maxFrameBytes: 0 },
  { maxFrameBytes: 1.5 },
  { maxFrameBytes: 2 ** 32 },
  { maxFrameBytes: Number.NaN },
])("lines refuse the options %j", (options) => {
  expect(() => lines(options as LinesOptions)).toThrow(expect.objectContaining({ code: "bad-option" }));
});
