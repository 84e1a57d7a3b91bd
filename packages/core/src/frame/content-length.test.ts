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
import { contentLength } from "./content-length.ts";

const withLength = (value: string): string => `Content-Length: ${value}\r\n\r\n`;

describe("contentLength", () => {
  it("reads as many bytes as the header says", () => {
    expect(decoded(contentLength(), `${withLength("2")}hi${withLength("0")}${withLength("1")}!`)).toEqual([
      "hi",
      "",
      "!",
    ]);
    expect(decoded(contentLength(), ...singly(`${withLength("2")}hi${withLength("0")}`))).toEqual(["hi", ""]);
  });

  it("writes that one header", () => {
    for (const payload of ["", "hi", "x".repeat(10), "x".repeat(12_345)]) {
      expect(framed(contentLength(), payload)).toBe(withLength(String(payload.length)) + payload);
    }
  });

  it.each([
    "content-length: 2\r\n\r\n",
    "CONTENT-LENGTH:2\r\n\r\n",
    "Content-Length:\t 2 \t\r\n\r\n",
    "Content-Length: 002\r\n\r\n",
    "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
    "Content-Length: 2\r\nX-Content-Length: 9\r\nEmpty:\r\n\r\n",
  ])("takes the header %j", (header) => {
    expect(decoded(contentLength(), `${header}hi`)).toEqual(["hi"]);
    expect(decoded(contentLength(), ...singly(`${header}hi`))).toEqual(["hi"]);
  });

  it.each(["-5", "+5", "1e3", "0x10", "12abc", "1 2", "1.0", "", "NaN", "1234567890123456"])(
    "calls malformed the length %j",
    (value) => {
      expect(decoded(contentLength(), withLength(value), "hello")).toEqual([malformed]);
    },
  );

  it.each([
    ["without a Content-Length", "Content-Type: text\r\n\r\n"],
    ["without anything", "\r\n"],
    ["with two of them, even alike", "Content-Length: 1\r\ncontent-length: 1\r\n\r\n"],
    ["with a line without a colon", "Content-Length 1\r\n\r\n"],
    ["with a space before the colon", "Content-Length : 1\r\n\r\n"],
    ["with an LF alone", "Content-Length: 1\n\n"],
    ["with a line of more than 1,024 bytes", `X: ${"y".repeat(1022)}`],
    ["with more than 32 lines", "X: y\r\n".repeat(33)],
  ])("calls malformed a header %s", (_, header) => {
    expect(decoded(contentLength(), header)).toEqual([malformed]);
    expect(decoded(contentLength(), ...singly(header))).toEqual([malformed]);
  });

  it("takes 32 lines of 1,024 bytes", () => {
    const header = `${`${"X: ".padEnd(1024, "y")}\r\n`.repeat(31)}${withLength("1")}`;
    expect(decoded(contentLength(), `${header}!`)).toEqual(["!"]);
  });

  it("looks at every byte of a header once: without CR LF it ends at 1,025 of them", () => {
    const decoder = contentLength().decoder();
    const chunk = bytesOf("x".repeat(256));
    const faults: unknown[] = [];
    let chunks = 0;
    while (faults.length === 0 && chunks < 100) {
      decoder.push(chunk, 0, chunk.length, { frame: () => true, fault: (fault) => faults.push(fault) < 0 });
      chunks += 1;
    }
    expect(chunks).toBe(5);
  });

  it("refuses what is longer than the maximum, on the header alone", () => {
    const five = contentLength({ maxFrameBytes: 5 });
    expect(decoded(five, `${withLength("5")}hello${withLength("6")}`)).toEqual(["hello", tooLong(5, 6)]);
    expect(decoded(five, withLength("999999999999999"))).toEqual([tooLong(5, 999_999_999_999_999)]);
  });

  it("skips it where asked to, and tells of it once", () => {
    const skipping = contentLength({ maxFrameBytes: 3, onTooLong: "skip" });
    const stream = `${withLength("5")}hello${withLength("2")}hi`;
    expect(decoded(skipping, stream)).toEqual([skipped(3, 5), "hi"]);
    expect(decoded(skipping, ...singly(stream))).toEqual([skipped(3, 5), "hi"]);
    expect(pendingAfter(skipping, `${withLength("5")}hel`)).toBe(0);
  });

  it("misses the rest of a frame, or of a header, at the end of input", () => {
    expect(decodedToEnd(contentLength(), `${withLength("2")}hi`)).toEqual(["hi"]);
    for (const rest of ["C", "Content-Length: 2\r\n", withLength("2"), `${withLength("2")}h`]) {
      expect(decodedToEnd(contentLength(), rest), rest).toEqual([malformed]);
    }
  });
});
