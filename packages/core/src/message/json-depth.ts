import { ParleyError } from "../error.ts";

const quote = 0x22;
const backslash = 0x5c;
const opening = 0x7b; // { and, without bit 5, [
const closing = 0x7d; // } and ]
const asciiBit = 0x20;

/**
 * Refuses JSON text nested deeper than `maxDepth` before anything recursive sees it. Counts brackets outside strings in
 * one pass; whether the text is JSON at all is the parser's business.
 * @throws ParleyError `malformed`.
 */
export function checkJsonDepth(bytes: Uint8Array, start: number, end: number, maxDepth: number): void {
  // A text this short cannot both open and close more.
  if (end - start < 2 * (maxDepth + 1)) return;
  let depth = 0;
  let inString = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (inString) {
      if (byte === backslash) at++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if ((byte | asciiBit) === opening) {
      if (++depth > maxDepth) throw tooDeep(maxDepth);
    } else if ((byte | asciiBit) === closing) depth--;
  }
}

function tooDeep(maxDepth: number): ParleyError {
  return new ParleyError(
    "malformed",
    `The JSON is nested deeper than ${maxDepth} levels; send a flatter value, or raise maxDepth.`,
    { blame: "remote" },
  );
}
