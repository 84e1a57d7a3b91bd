import type { Writer } from "@parley/core";
import { ascii, isSmallInteger, write } from "./bytes.ts";
import { isDigit, writeInteger } from "./decimal.ts";
import type { KnownNames } from "./known-names.ts";
import { WrittenNames } from "./written-names.ts";

const utf8 = new TextEncoder();

const opening = 0x7b; // {
const closing = 0x7d; // }
const comma = 0x2c;
const colon = 0x3a;
const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const words: readonly (readonly [bytes: Uint8Array, value: boolean | null])[] = [
  [ascii("true"), true],
  [ascii("false"), false],
  [ascii("null"), null],
];
/** So many digits, and a power of ten up to that, are exact in a number: the quotient is rounded as JSON.parse does. */
const maxDigits = 15;
const maxMembers = 16;
const maxNameBytes = 64;

/**
 * Objects of a few numbers, booleans and nulls, as the parameters of most calls are, read and written without the general parser and
 * writer; those take three times as long (`bench rpc`). What is read and written is the same.
 */
export class JsonFlatObjects {
  readonly #names: KnownNames;
  /** By the name: `"NAME":`. */
  readonly #members = new WrittenNames((name) =>
    name.length > maxNameBytes ? undefined : utf8.encode(`${JSON.stringify(name)}:`),
  );
  #at = 0;

  constructor(names: KnownNames) {
    this.#names = names;
  }

  /** The object that stands there, if it is written without white space; undefined if it is anything else. */
  read(bytes: Uint8Array, start: number, end: number): Readonly<Record<string, unknown>> | undefined {
    if (bytes[start] !== opening || bytes[end - 1] !== closing) return undefined;
    const object: Record<string, unknown> = {};
    this.#at = start + 1;
    if (this.#at === end - 1) return object;
    for (let members = 0; members < maxMembers; members++) {
      const name = this.#name(bytes, end);
      if (name === undefined) return undefined;
      const value = this.#value(bytes, end);
      if (value === undefined) return undefined;
      object[name] = value;
      const byte = bytes[this.#at++];
      if (byte === closing) return this.#at === end ? object : undefined;
      if (byte !== comma) return undefined;
    }
    return undefined;
  }

  /** Whether `value` was such an object: else nothing is written. */
  write(value: unknown, out: Writer): boolean {
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return false;
    const start = out.at;
    let members = 0;
    for (const name in value) {
      if (!Object.hasOwn(value, name)) continue;
      const member = (value as Readonly<Record<string, unknown>>)[name];
      const bytes = this.#members.bytes(name);
      if (bytes === undefined || members === maxMembers || !isPlain(member)) {
        out.at = start;
        return false;
      }
      out.reserve(bytes.length + 1);
      out.bytes[out.at++] = members === 0 ? opening : comma;
      write(bytes, out);
      if (typeof member === "number") writeInteger(member, out);
      else write(wordOf(member), out);
      members += 1;
    }
    if (members === 0) return false;
    out.reserve(1);
    out.bytes[out.at++] = closing;
    return true;
  }

  /** The name that begins at `#at`, and the colon behind it. */
  #name(bytes: Uint8Array, end: number): string | undefined {
    if (bytes[this.#at] !== quote) return undefined;
    const start = this.#at + 1;
    const last = Math.min(end, start + maxNameBytes);
    let at = start;
    for (; at < last; at++) {
      const byte = bytes[at] as number;
      if (byte === quote) break;
      if (byte < 0x20 || byte > 0x7e || byte === backslash) return undefined;
    }
    if (at === start || at >= last || bytes[at + 1] !== colon) return undefined;
    this.#at = at + 2;
    const name = this.#names.name(bytes, start, at);
    return name === "__proto__" ? undefined : name;
  }

  #value(bytes: Uint8Array, end: number): number | boolean | null | undefined {
    const first = bytes[this.#at] as number;
    if (isDigit(first) || first === minus) return this.#number(bytes, first === minus);
    for (const [word, value] of words) {
      if (first === word[0]) return this.#word(bytes, end, word) ? value : undefined;
    }
    return undefined;
  }

  /** One without an exponent. */
  #number(bytes: Uint8Array, isNegative: boolean): number | undefined {
    const start = isNegative ? this.#at + 1 : this.#at;
    let at = start;
    let digits = 0;
    let value = 0;
    let pointAt = -1;
    for (; digits <= maxDigits; at++) {
      const byte = bytes[at] as number;
      if (isDigit(byte)) {
        value = value * 10 + byte - zero;
        digits += 1;
      } else if (byte === point && pointAt < 0 && digits > 0) pointAt = at;
      else break;
    }
    const whole = pointAt < 0 ? at - start : pointAt - start;
    if (digits === 0 || digits > maxDigits || pointAt === at - 1) return undefined;
    if (whole > 1 && bytes[start] === zero) return undefined;
    this.#at = at;
    if (pointAt >= 0) value /= 10 ** (at - 1 - pointAt);
    return isNegative ? -value : value;
  }

  #word(bytes: Uint8Array, end: number, word: Uint8Array): boolean {
    const start = this.#at;
    this.#at += word.length;
    for (let i = 1; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
    return this.#at < end;
  }
}

function isPlain(value: unknown): value is number | boolean | null {
  return isSmallInteger(value) || typeof value === "boolean" || value === null;
}

function wordOf(value: boolean | null): Uint8Array {
  return (words.find(([, each]) => each === value) as (typeof words)[number])[0];
}
