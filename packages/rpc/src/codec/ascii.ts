import type { Writer } from "@parley/core";

const zero = 0x30;
const nine = 0x39;
/** Ten digits may exceed what is counted in 32 bits; 15 are exact in a number. */
const maxDigits = 15;

/** The bytes of a text in ASCII. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether `text` stands at `at`, before `end`. */
export function standsAt(text: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  const { length } = text;
  if (at < 0 || length > end - at) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** Where the digits end that begin at `at`; -1 if they are no number as JSON writes them, or a long one. */
export function endOfDigits(bytes: Uint8Array, at: number, end: number): number {
  let digitsEnd = at;
  while (digitsEnd < end && isDigit(bytes[digitsEnd] as number)) digitsEnd++;
  const count = digitsEnd - at;
  if (count === 0 || count > maxDigits) return -1;
  return count > 1 && bytes[at] === zero ? -1 : digitsEnd;
}

/** The number whose digits stand there. */
export function numberOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + ((bytes[at] as number) - zero);
  return value;
}

/** Whether `writeInteger` takes it. */
export function isSmallInteger(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && (value | 0) === value;
}

/** Appends a text. */
export function write(text: Uint8Array, out: Writer): void {
  out.reserve(text.length);
  out.bytes.set(text, out.at);
  out.at += text.length;
}

/** Appends an integer from 0 to 2³¹ - 1 in decimal. */
export function writeInteger(value: number, out: Writer): void {
  let digits = 1;
  for (let bound = 10; bound <= value; bound *= 10) digits++;
  out.reserve(digits);
  const { bytes } = out;
  let rest = value;
  for (let at = out.at + digits - 1; at >= out.at; at--) {
    const tens = (rest / 10) | 0;
    bytes[at] = zero + rest - tens * 10;
    rest = tens;
  }
  out.at += digits;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine;
}
