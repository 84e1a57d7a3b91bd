import type { Writer } from "@parley/core";
import { isSmallInteger, write } from "./bytes.ts";
import type { KnownNames } from "./known-names.ts";
import { endOfInteger, integerAt, writeInteger } from "./msgpack-integer.ts";
import { WrittenNames } from "./written-names.ts";

const nil = 0xc0;
const no = 0xc2;
const yes = 0xc3;
const float64 = 0xcb;
const map16 = 0xde;
const fixmap = 0x80;
const fixstr = 0xa0;
/** Longer names are no fixstr. */
const maxNameBytes = 31;
const maxMembers = 15;

/**
 * Maps of a few numbers, booleans and nils, as the parameters of most calls are, read and written without the general parser and writer
 * (`bench rpc`). What is read and written is the same.
 */
export class MsgpackFlatObjects {
  /** Behind the map that was read last. */
  end = 0;
  readonly #names: KnownNames;
  /** By the name, which stands before its value. */
  readonly #members = new WrittenNames(memberName);
  readonly #float = new DataView(new ArrayBuffer(8));

  constructor(names: KnownNames) {
    this.#names = names;
  }

  /** The object that begins there, and in `end` where it ends; undefined if it is anything else. */
  read(bytes: Uint8Array, start: number, end: number): Readonly<Record<string, unknown>> | undefined {
    const head = mapHead(bytes, start);
    if (head < 0) return undefined;
    const members = bytes[start + head - 1] as number;
    const count = head === 1 ? members - fixmap : members;
    const object: Record<string, unknown> = {};
    this.end = start + head;
    for (let i = 0; i < count; i++) {
      const nameStart = this.end + 1;
      const nameEnd = nameStart + (bytes[this.end] as number) - fixstr;
      if (nameEnd <= nameStart || nameEnd >= end || nameEnd - nameStart > maxNameBytes) return undefined;
      for (let at = nameStart; at < nameEnd; at++) if ((bytes[at] as number) > 0x7e) return undefined;
      const name = this.#names.name(bytes, nameStart, nameEnd);
      if (name === "__proto__") return undefined;
      const value = this.#value(bytes, nameEnd, end);
      if (value === undefined) return undefined;
      object[name] = value;
    }
    return this.end <= end ? object : undefined;
  }

  /** Whether `value` was such an object: else nothing is written. */
  write(value: unknown, out: Writer): boolean {
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return false;
    const start = out.at;
    writeMapHead(0, out);
    let members = 0;
    for (const name in value) {
      if (!Object.hasOwn(value, name)) continue;
      const member = (value as Readonly<Record<string, unknown>>)[name];
      const bytes = this.#members.bytes(name);
      if (bytes === undefined || members === maxMembers || !this.#write(bytes, member, out)) {
        out.at = start;
        return false;
      }
      members += 1;
    }
    out.bytes[start + 2] = members;
    return true;
  }

  /** A value, whose end is put into `end`. */
  #value(bytes: Uint8Array, at: number, end: number): number | boolean | null | undefined {
    this.end = at + 1;
    switch (bytes[at]) {
      case nil:
        return null;
      case no:
        return false;
      case yes:
        return true;
      case float64:
        this.end = at + 9;
        if (this.end > end) return undefined;
        for (let i = 0; i < 8; i++) this.#float.setUint8(i, bytes[at + 1 + i] as number);
        return this.#float.getFloat64(0);
      default:
        this.end = endOfInteger(bytes, at, end);
        return this.end < 0 ? undefined : integerAt(bytes, at);
    }
  }

  #write(name: Uint8Array, value: unknown, out: Writer): boolean {
    const isInteger = isSmallInteger(value);
    if (!isInteger && typeof value !== "boolean" && value !== null) return false;
    write(name, out);
    if (isInteger) writeInteger(value, out);
    else {
      out.reserve(1);
      out.bytes[out.at++] = value === null ? nil : value ? yes : no;
    }
    return true;
  }
}

/** Not for what msgpackr would call, nor for longer names. */
function memberName(name: string): Uint8Array | undefined {
  return name === "toJSON" ? undefined : fixstrOf(name);
}

/** A text of up to 31 bytes as MessagePack; undefined if it is longer. */
export function fixstrOf(text: string): Uint8Array | undefined {
  const bytes = new TextEncoder().encode(text);
  return bytes.length > maxNameBytes ? undefined : Uint8Array.of(fixstr + bytes.length, ...bytes);
}

/** How many bytes the head of a map of up to 15 members has; -1 if there is something else. */
export function mapHead(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first >= fixmap && first < fixmap + 16) return 1;
  return first === map16 && bytes[at + 1] === 0 && (bytes[at + 2] as number) <= maxMembers ? 3 : -1;
}

/** Appends the head of a map, as msgpackr writes it. */
export function writeMapHead(members: number, out: Writer): void {
  out.reserve(3);
  out.bytes[out.at++] = map16;
  out.bytes[out.at++] = 0;
  out.bytes[out.at++] = members;
}
