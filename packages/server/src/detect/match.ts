import { anyOf, beginsWith, type MatchResult } from "@parley/core";

/** Looks at the first bytes of a connection; the same bytes have the same answer, more bytes may only settle a `more`. */
export type Match = (bytes: Uint8Array) => MatchResult;

const blanks = new Set([0x20, 0x09, 0x0a, 0x0d]);
const openArray = 0x5b;
const openObject = 0x7b;

/** JSON text: white space, then an object or an array. For a `jsonStream`, or `jsonLines` whose clients send no blank lines. */
export const matchJson: Match = (bytes) => {
  for (const byte of bytes) {
    if (blanks.has(byte)) continue;
    return byte === openObject || byte === openArray ? "yes" : "no";
  }
  return "more";
};

/** The header of `contentLength`, in any case; some begin with Content-Type. */
export const matchContentLength: Match = (bytes) =>
  anyOf(beginsWith(bytes, "content-length:"), beginsWith(bytes, "content-type:"));

/** A 4-byte big-endian length with a JSON object or array behind it. */
export const matchJsonFrames: Match = (bytes) =>
  lengthPrefixed(bytes, (byte) => byte === openObject || byte === openArray || blanks.has(byte));

/** A 4-byte big-endian length with a MessagePack map or array behind it. */
export const matchMsgpackFrames: Match = (bytes) =>
  lengthPrefixed(bytes, (byte) => (byte >= 0x80 && byte <= 0x9f) || (byte >= 0xdc && byte <= 0xdf));

/** Text: no control characters but tabs and line ends. For `textLines`; among other matches it belongs last. */
export const matchText: Match = (bytes) => {
  if (bytes.length === 0) return "more";
  return bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || blanks.has(byte)) ? "yes" : "no";
};

/** Lengths of 16 MiB and above are taken for something else: their first byte is what text begins with. */
function lengthPrefixed(bytes: Uint8Array, mayBegin: (byte: number) => boolean): MatchResult {
  const [first, second, third, fourth, payload] = bytes;
  if (first === undefined) return "more";
  if (first !== 0) return "no";
  if (payload === undefined) return "more";
  return mayBegin(payload) && (second || third || fourth) ? "yes" : "no";
}
