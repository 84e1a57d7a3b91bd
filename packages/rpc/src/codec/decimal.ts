import type { Writer } from "@parley/core";

const zero = 0x30;
const nine = 0x39;
/** So many are exact in a number. */
const maxDigits = 15;

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

/** Appends an integer for which `isSmallInteger` holds, in decimal. */
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

export function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine;
}
