import { ParleyError } from "../error.ts";
import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import { checkInteger } from "../options.ts";
import type { Writer } from "../writer.ts";
import { frameLimit } from "./frame-limit.ts";
import { GrowingFrame } from "./growing-frame.ts";
import { type OversizePolicy, skipsOversize } from "./oversize.ts";

export interface JsonStreamOptions extends OversizePolicy {
  /** How deep values may nest. Default 64; from 1 to 10,000. */
  readonly maxDepth?: number;
  /**
   * Read the elements of one top-level array that need not ever end, in place of values one behind the other. Such a
   * codec only reads. Default false.
   */
  readonly elements?: boolean;
}

const defaultMaxDepth = 64;
const lf = 0x0a;

/**
 * Every frame is the text of one JSON value (RFC 8259), however it is laid out:
 *
 *     | value | white space, or nothing where it is clear that another value begins | value | …
 *
 * compact, pretty-printed or one a line; a record separator (RFC 7464) counts as white space. Only brackets, strings and
 * escapes are understood here: whether a frame is JSON is for the message codec to say. Sent is the value and an LF.
 * With `elements`: `[ value , value , … ]`, and after the closing bracket nothing.
 * @throws ParleyError `bad-option`.
 */
export function jsonStream(options: JsonStreamOptions = {}): FrameCodec {
  const { maxDepth = defaultMaxDepth, elements = false } = options;
  checkInteger("maxDepth", maxDepth, 1, 10_000);
  const maxFrameBytes = frameLimit(options);
  const skips = skipsOversize(options);
  return Object.freeze({
    id: elements ? "json-elements" : "json-stream",
    maxFrameBytes,
    headBytes: 0,
    decoder: () => new JsonStreamDecoder(maxFrameBytes, maxDepth, elements, skips),
    seal: elements ? refuse : seal,
  });
}

function seal(out: Writer, at: number): void {
  if (out.at === at)
    throw new ParleyError("unencodable", 'An empty message is no JSON value; send null, or "".');
  out.reserve(1);
  out.bytes[out.at++] = lf;
}

function refuse(): never {
  throw new ParleyError(
    "unencodable",
    "A jsonStream of elements only reads; send with a jsonStream without that option.",
  );
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openArray = 0x5b;
const closeArray = 0x5d;

/** What a byte is to the framing. */
const other = 0;
const blank = 1;
/** May begin a number, true, false or null. */
const begin = 2;
const open = 3;
const close = 4;
/** A quote or a comma. */
const mark = 5;

const kinds = new Uint8Array(256).fill(other);
for (const letter of " \t\n\r\x1e") kinds[letter.charCodeAt(0)] = blank;
for (const letter of "-0123456789tfn") kinds[letter.charCodeAt(0)] = begin;
for (const letter of "[{") kinds[letter.charCodeAt(0)] = open;
for (const letter of "]}") kinds[letter.charCodeAt(0)] = close;
for (const letter of '",') kinds[letter.charCodeAt(0)] = mark;

/** Where in the text the decoder stands. */
type Place = "between" | "container" | "string" | "escape" | "scalar";

/** With `elements`: what may come between them. */
type Expected = "array" | "first element or end" | "element" | "comma or end" | "nothing";

class JsonStreamDecoder implements FrameDecoder {
  readonly #maxFrameBytes: number;
  readonly #maxDepth: number;
  readonly #skips: boolean;
  #place: Place = "between";
  #depth = 0;
  /** Null where values stand one behind the other. */
  #expected: Expected | null;
  /** The beginning of a value that straddles chunks. */
  #partial: GrowingFrame | null = null;
  #skipping = false;

  constructor(maxFrameBytes: number, maxDepth: number, elements: boolean, skips: boolean) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#maxDepth = maxDepth;
    this.#skips = skips;
    this.#expected = elements ? "array" : null;
  }

  get pending(): number {
    return this.#partial === null ? 0 : this.#partial.length;
  }

  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    let at = start;
    let value = start;
    while (at < end) {
      if (this.#place === "between") {
        value = this.#toValue(bytes, at, end, sink);
        if (value < 0 || value === end) return end;
        at = value + 1;
      }
      at = this.#toEndOfValue(bytes, value, at, end, sink);
      if (at < 0) return end;
      if (this.#place !== "between") {
        if (!this.#skipping) this.#keep(bytes, value, end, sink);
        return end;
      }
      if (this.#skipping) this.#skipping = false;
      else if (!this.#deliver(bytes, value, at, sink)) return at;
    }
    return at;
  }

  end(sink: FrameSink): void {
    const partial = this.#partial;
    const place = this.#place;
    this.#partial = null;
    this.#place = "between";
    this.#skipping = false;
    if (place !== "between" && place !== "scalar") {
      sink.fault({ kind: "malformed", why: "The input ended in the middle of a JSON value." });
    } else if (this.#expected !== null && this.#expected !== "array" && this.#expected !== "nothing") {
      sink.fault({ kind: "malformed", why: "The input ended before the array of elements did." });
    } else if (partial !== null) sink.frame(partial.bytes, 0, partial.length);
  }

  /** The offset at which the next value begins, its kind of place taken; `end` if none does, -1 after a fault. */
  #toValue(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      const kind = kinds[byte] as number;
      if (kind === blank) continue;
      if (this.#expected !== null && !this.#mayBeElement(byte)) {
        if (!this.#separate(byte, sink)) return -1;
        continue;
      }
      if (kind === open) {
        this.#place = "container";
        this.#depth = 1;
      } else if (byte === quote) {
        this.#place = "string";
        this.#depth = 0;
      } else if (kind === begin) this.#place = "scalar";
      else return this.#malformed("A byte begins no JSON value.", sink);
      if (this.#expected !== null) this.#expected = "comma or end";
      return at;
    }
    return end;
  }

  #mayBeElement(byte: number): boolean {
    return this.#expected === "element" || (this.#expected === "first element or end" && byte !== closeArray);
  }

  /** Takes a bracket or comma of the array that holds the elements. */
  #separate(byte: number, sink: FrameSink): boolean {
    const expected = this.#expected;
    if (expected === "array" && byte === openArray) this.#expected = "first element or end";
    else if (expected === "comma or end" && byte === comma) this.#expected = "element";
    else if (expected !== "array" && expected !== "nothing" && byte === closeArray)
      this.#expected = "nothing";
    else return this.#malformed(`Where ${expected} was expected something else came.`, sink) >= 0;
    return true;
  }

  /** The offset behind the value at work, the place being between values again, or `end`; -1 after a fault. */
  #toEndOfValue(bytes: Uint8Array, value: number, start: number, end: number, sink: FrameSink): number {
    let at = start;
    while (at >= 0 && at < end && this.#place !== "between") {
      if (this.#place === "string") at = this.#string(bytes, at, end);
      else if (this.#place === "container") at = this.#container(bytes, value, at, end, sink);
      else if (this.#place === "scalar") at = this.#scalar(bytes, at, end);
      else {
        this.#place = "string";
        at++;
      }
    }
    return at;
  }

  #string(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === quote) this.#place = this.#depth === 0 ? "between" : "container";
      else if (byte === backslash) this.#place = "escape";
      else continue;
      return at + 1;
    }
    return end;
  }

  #container(bytes: Uint8Array, value: number, start: number, end: number, sink: FrameSink): number {
    for (let at = start; at < end; at++) {
      const kind = kinds[bytes[at] as number] as number;
      if (kind === open) {
        if (++this.#depth > this.#maxDepth && !this.#skipping && !this.#tooDeep(at - value, sink)) return -1;
      } else if (kind === close) {
        if (--this.#depth > 0) continue;
        this.#place = "between";
        return at + 1;
      } else if (bytes[at] === quote) {
        this.#place = "string";
        return at + 1;
      }
    }
    return end;
  }

  #scalar(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const kind = kinds[bytes[at] as number] as number;
      if (kind === other || kind === begin) continue;
      this.#place = "between";
      return at;
    }
    return end;
  }

  /** Ends a value with the bytes from `start` up to `end`. */
  #deliver(bytes: Uint8Array, start: number, end: number, sink: FrameSink): boolean {
    const partial = this.#partial;
    this.#partial = null;
    if ((partial === null ? 0 : partial.length) + end - start > this.#maxFrameBytes)
      return this.#tooLong(sink);
    if (partial === null) return sink.frame(bytes, start, end);
    partial.append(bytes, start, end);
    return sink.frame(partial.bytes, 0, partial.length);
  }

  #keep(bytes: Uint8Array, start: number, end: number, sink: FrameSink): void {
    if (this.pending + end - start > this.#maxFrameBytes) this.#skipping = this.#tooLong(sink);
    else if (this.#partial === null) this.#partial = new GrowingFrame(bytes, start, end);
    else this.#partial.append(bytes, start, end);
  }

  /** Answers whether to go on: a value that is too long by then is that first, wherever chunks were cut. */
  #tooDeep(bytesOfChunk: number, sink: FrameSink): boolean {
    if (this.pending + bytesOfChunk > this.#maxFrameBytes) {
      this.#skipping = this.#tooLong(sink);
      return this.#skipping;
    }
    return this.#malformed(`A value is nested deeper than ${this.#maxDepth} levels.`, sink) >= 0;
  }

  #tooLong(sink: FrameSink): boolean {
    this.#partial = null;
    return (
      sink.fault({ kind: "too-long", limit: this.#maxFrameBytes, recoverable: this.#skips }) && this.#skips
    );
  }

  #malformed(why: string, sink: FrameSink): -1 {
    sink.fault({ kind: "malformed", why });
    return -1;
  }
}
