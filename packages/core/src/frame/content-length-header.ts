import type { Fault, FrameDecoder, FrameSink } from "../frame-codec.ts";
import { digitOf, maxExactDigits } from "./decimal.ts";
import { lines } from "./lines.ts";

const colon = 0x3a;
const space = 0x20;
const tab = 0x09;
const lowerName = Uint8Array.from("content-length", (letter) => letter.charCodeAt(0));

const maxLines = 32;
/** Lines of a header are short; what is longer is none. */
const headerLines = lines({ maxFrameBytes: 1024, newline: "crlf" });

/** Reads one header, up to its empty line, and finds the length in it. */
export class ContentLengthHeader implements FrameSink {
  /** What is wrong with it, if anything is. */
  wrong: Fault | null = null;
  /** The length, once `isComplete`. */
  length = -1;
  isComplete = false;
  readonly #lines: FrameDecoder = headerLines.decoder();
  #linesRead = 0;
  #bytesRead = 0;

  /** Bytes of the header read so far. */
  get pending(): number {
    return this.#bytesRead;
  }

  /** Reads on; returns the offset behind the header, or `end` if it is not complete. */
  push(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#lines.push(bytes, start, end, this);
    this.#bytesRead += at - start;
    return at;
  }

  frame(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) {
      if (this.length < 0) return this.#wrong("A header has no Content-Length.");
      this.isComplete = true;
      return false;
    }
    if (++this.#linesRead > maxLines) return this.#wrong(`A header has more than ${maxLines} lines.`);
    let nameEnd = start;
    while (nameEnd < end && bytes[nameEnd] !== colon) nameEnd++;
    if (nameEnd === end) return this.#wrong("A line of a header has no colon.");
    if (!isContentLength(bytes, start, nameEnd)) return true;
    if (this.length >= 0) return this.#wrong("A header has more than one Content-Length.");
    this.length = decimal(bytes, nameEnd + 1, end);
    return (
      this.length >= 0 || this.#wrong("A Content-Length is not a plain decimal number of at most 15 digits.")
    );
  }

  fault(fault: Fault): boolean {
    return this.#wrong(
      fault.kind === "malformed" ? fault.why : `A line of a header exceeds ${fault.limit} bytes.`,
    );
  }

  #wrong(why: string): false {
    this.wrong = { kind: "malformed", why };
    return false;
  }
}

function isContentLength(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== lowerName.length) return false;
  return lowerName.every(
    (letter, i) => letter === bytes[start + i] || letter === (bytes[start + i] as number) + 32,
  );
}

/** The digits between `start` and `end`, white space around them aside, as a number; -1 if they are anything else. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  const isBlank = (byte: number | undefined): boolean => byte === space || byte === tab;
  let from = start;
  let to = end;
  while (from < to && isBlank(bytes[from])) from++;
  while (from < to && isBlank(bytes[to - 1])) to--;
  if (from === to || to - from > maxExactDigits) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = digitOf(bytes[at] as number);
    if (digit < 0) return -1;
    value = value * 10 + digit;
  }
  return value;
}
