import { foreignProtocols } from "@parley/core";
import { describe, expect, it } from "vitest";
import {
  type Match,
  matchContentLength,
  matchJson,
  matchJsonFrames,
  matchMsgpackFrames,
  matchText,
} from "./match.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const { HTTP: http, TLS: tls, SSH: ssh } = foreignProtocols;

const answers: readonly [string, Match, { yes: string[]; no: string[]; more: string[] }][] = [
  ["JSON", matchJson, { yes: ["{", "[", " \r\n\t["], no: ["a", '"', "1", "\0"], more: ["", " ", "\n"] }],
  [
    "Content-Length",
    matchContentLength,
    {
      yes: ["Content-Length: 1", "CONTENT-LENGTH:", "content-type:"],
      no: ["{", "Content-Lengths"],
      more: ["", "Con", "content-"],
    },
  ],
  [
    "length and JSON",
    matchJsonFrames,
    {
      yes: ["\0\0\0\x02{}", "\0\x01\0\0 "],
      no: ["{", "\0\0\0\x01a", "\0\0\0\0{", "\x01\0\0\0{"],
      more: ["", "\0", "\0\0\0\x02"],
    },
  ],
  [
    "length and MessagePack",
    matchMsgpackFrames,
    {
      yes: ["\0\0\0\x01\x80", "\0\0\0\x09\x95", "\0\0\x09\0\xdd"],
      no: ["\0\0\0\x01{", "\0\0\0\x01\xc0", "a"],
      more: ["", "\0\0"],
    },
  ],
  ["text", matchText, { yes: ["a", "GET", "\n", "日本"], no: ["\0", "a\x1b", "\x7f"], more: [""] }],
  [
    "HTTP",
    http,
    {
      yes: ["GET / HTTP/1.1\r\n", "post /a?b HTTP/1.0\n", "PRI * HTTP/2.0\r\n\r\n"],
      no: [
        "GET lost\n",
        "GETS / HTTP/1.1\r\n",
        "hello",
        "{",
        "GET / HTTP/1.1 or so\n",
        `GET ${"x".repeat(9000)}`,
      ],
      more: ["", "G", "GET /", "OPTIONS "],
    },
  ],
  [
    "TLS",
    tls,
    {
      yes: ["\x16\x03\x01\x02\0\x01", "\x16\x03\x03\0\xff\x01\0"],
      no: ["\x16\x04", "a", "\x15\x03", "\x16\x03\x05", "\x16\x03\x01\x02\0\x02"],
      more: ["", "\x16", "\x16\x03", "\x16\x03\x01\x02\0"],
    },
  ],
  ["SSH", ssh, { yes: ["SSH-2.0-x", "SSH-"], no: ["SSL", "a"], more: ["", "SS"] }],
];

describe.each(answers)("matching %s", (_, match, { yes, no, more }) => {
  it.each(yes)("says yes to %j", (text) => expect(match(bytes(text))).toBe("yes"));
  it.each(no)("says no to %j", (text) => expect(match(bytes(text))).toBe("no"));
  it.each(more)("wants more than %j", (text) => expect(match(bytes(text))).toBe("more"));
  it("does not change its mind", () => {
    for (const text of [...yes, ...no]) {
      let settled: string | undefined;
      for (let length = 0; length <= text.length; length++) {
        const result = match(bytes(text.slice(0, length)));
        if (match !== matchText) expect(settled === undefined || settled === result).toBe(true);
        if (result !== "more") settled = result;
      }
    }
  });
});
