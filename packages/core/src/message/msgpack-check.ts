import { type Blame, type ErrorCode, ParleyError } from "../error.ts";
import { utf8 } from "./utf8.ts";

/** What {@link checkMsgpack} lets pass, and what it throws else. */
export interface MsgpackRules {
  readonly maxDepth: number;
  /** How deep the value itself stands in its message. */
  readonly within: number;
  /** Whether integers beyond 2⁵³ may occur. */
  readonly bigIntegers: boolean;
  readonly code: ErrorCode & ("malformed" | "unencodable");
  readonly blame: Blame;
}

/** How many bytes follow the first byte of a value, before its content, for 0xc0 to 0xdf. */
const headSizes = [
  0, 0, 0, 0, 1, 2, 4, 2, 3, 5, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 1, 2, 4, 2, 4, 2, 4,
];

const timestampType = 0xff; // -1
/** How far a Date reaches from 1970, both ways (ECMAScript, "Time Values and Time Range"). */
const maxDateMs = 8.64e15;

/**
 * Walks over one MessagePack value (the specification of 2013) without building it or recursing: that it fills the bytes
 * exactly, is not nested too deep, that every announced element is there, that strings are UTF-8, keys strings or
 * integers, extensions timestamps.
 * @throws ParleyError of `rules.code`.
 */
export function checkMsgpack(bytes: Uint8Array, start: number, end: number, rules: MsgpackRules): void {
  new Walk(bytes, start, end, rules).run();
}

class Walk {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #rules: MsgpackRules;
  #at: number;
  /** Of every open container, from the outermost: the values still to come, negative where it is a map. */
  readonly #open: number[] = [];

  constructor(bytes: Uint8Array, start: number, end: number, rules: MsgpackRules) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#rules = rules;
  }

  run(): void {
    const open = this.#open;
    do {
      this.#value(this.#isKey());
      while (open.length > 0 && open[open.length - 1] === 0) open.pop();
    } while (open.length > 0);
    if (this.#at !== this.#end) throw this.#wrong("bytes stand behind the value");
  }

  /** Takes note that a value of the innermost container comes; answers whether it is a key. */
  #isKey(): boolean {
    const innermost = this.#open.length - 1;
    if (innermost < 0) return false;
    const left = this.#open[innermost] as number;
    this.#open[innermost] = left < 0 ? left + 1 : left - 1;
    // A map's keys and values take turns, and it ends with a value.
    return left < 0 && left % 2 === 0;
  }

  #value(isKey: boolean): void {
    const first = this.#byte();
    if (first < 0x80 || first >= 0xe0) return;
    if (isKey && !isKeyType(first))
      throw this.#wrong("a map has a key that is neither a string nor an integer");
    if (first < 0x90) return this.#container(first & 0x0f, true);
    if (first < 0xa0) return this.#container(first & 0x0f, false);
    if (first < 0xc0) return this.#string(first & 0x1f);
    this.#long(first);
  }

  /** A value whose type takes a byte of its own. */
  #long(type: number): void {
    const head = this.#at;
    this.#skip(headSizes[type - 0xc0] as number);
    switch (type) {
      case 0xc1:
        throw this.#wrong("a byte 0xc1 has no meaning");
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#skip(this.#length(head, this.#at));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        if (this.#bytes[this.#at - 1] !== timestampType) throw this.#unknownExtension();
        return this.#timestamp(this.#length(head, this.#at - 1));
      case 0xcf:
      case 0xd3:
        return this.#integer64(head, type === 0xd3);
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        if (this.#bytes[head] !== timestampType) throw this.#unknownExtension();
        if (type === 0xd6) return;
        if (type !== 0xd7) throw this.#wrong("a timestamp has a size that none has");
        // 30 bits of nanoseconds, then 34 of seconds, all of which a Date can hold.
        return this.#nanoseconds(Math.floor(this.#length(head + 1, head + 5) / 4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#length(head, this.#at));
      case 0xdc:
      case 0xdd:
        return this.#container(this.#length(head, this.#at), false);
      case 0xde:
      case 0xdf:
        return this.#container(this.#length(head, this.#at), true);
    }
  }

  #timestamp(length: number): void {
    if (length !== 12) throw this.#wrong("a timestamp has a size that none has");
    const at = this.#at;
    this.#skip(length);
    const nanoseconds = this.#length(at, at + 4);
    this.#nanoseconds(nanoseconds);
    // Two's complement; what is rounded here is beyond any Date.
    const high = this.#length(at + 4, at + 8);
    const seconds = (high < 0x8000_0000 ? high : high - 2 ** 32) * 2 ** 32 + this.#length(at + 8, at + 12);
    if (Math.abs(seconds * 1_000 + nanoseconds / 1e6) > maxDateMs)
      throw this.#wrong("it holds a timestamp that a Date cannot");
  }

  #nanoseconds(count: number): void {
    if (count > 999_999_999) throw this.#wrong("a timestamp has more nanoseconds than a second has");
  }

  #container(count: number, isMap: boolean): void {
    const values = isMap ? count * 2 : count;
    if (values > this.#end - this.#at) throw this.#wrong("it announces more elements than it has bytes");
    this.#open.push(isMap ? -values : values);
    const { maxDepth, within } = this.#rules;
    if (this.#open.length + within > maxDepth)
      throw this.#wrong(`it is nested deeper than ${maxDepth} levels`);
  }

  #string(length: number): void {
    const start = this.#at;
    this.#skip(length);
    for (let at = start; at < this.#at; at++) {
      if ((this.#bytes[at] as number) < 0x80) continue;
      // Throws for what is not UTF-8.
      utf8.decode(this.#bytes, start, this.#at);
      return;
    }
  }

  #integer64(head: number, signed: boolean): void {
    if (this.#rules.bigIntegers) return;
    const high = this.#length(head, head + 4);
    const low = this.#length(head + 4, head + 8);
    const isNegative = signed && high >= 0x8000_0000;
    const magnitude = isNegative
      ? (0xffff_ffff - high) * 2 ** 32 + (0xffff_ffff - low) + 1
      : high * 2 ** 32 + low;
    if (magnitude > Number.MAX_SAFE_INTEGER) {
      throw this.#wrong(
        'it holds an integer beyond 2⁵³; send it as a string, or set integers to "bigint" on both ends',
      );
    }
  }

  /** The big-endian number between two offsets. */
  #length(from: number, to: number): number {
    let length = 0;
    for (let at = from; at < to; at++) length = length * 256 + (this.#bytes[at] as number);
    return length;
  }

  #byte(): number {
    const at = this.#at;
    this.#skip(1);
    return this.#bytes[at] as number;
  }

  #skip(count: number): void {
    if (count > this.#end - this.#at) throw this.#wrong("it ends too early");
    this.#at += count;
  }

  #unknownExtension(): ParleyError {
    return this.#wrong("it holds an extension other than a timestamp");
  }

  #wrong(why: string): ParleyError {
    const { code, blame } = this.#rules;
    return new ParleyError(code, `The MessagePack value cannot be taken: ${why}.`, { blame });
  }
}

function isKeyType(first: number): boolean {
  return (
    (first >= 0xa0 && first < 0xc0) || (first >= 0xcc && first <= 0xd3) || (first >= 0xd9 && first <= 0xdb)
  );
}
