import type { Writer } from "@parley/core";

const uint8 = 0xcc;
const uint16 = 0xcd;
const uint32 = 0xce;

/** Appends an integer for which `isSmallInteger` holds, as short as it can be. */
export function writeInteger(value: number, out: Writer): void {
  out.reserve(5);
  const { bytes } = out;
  if (value < 0x80) bytes[out.at++] = value;
  else if (value < 0x100) {
    bytes[out.at++] = uint8;
    bytes[out.at++] = value;
  } else if (value < 0x1_0000) {
    bytes[out.at++] = uint16;
    bytes[out.at++] = value >>> 8;
    bytes[out.at++] = value;
  } else {
    bytes[out.at++] = uint32;
    bytes[out.at++] = value >>> 24;
    bytes[out.at++] = value >>> 16;
    bytes[out.at++] = value >>> 8;
    bytes[out.at++] = value;
  }
}

/** Where the integer ends that begins at `at`, of at most 32 bits and without a sign; -1 if there is something else. */
export function endOfInteger(bytes: Uint8Array, at: number, end: number): number {
  const behind = at + 1 + followingBytes(bytes[at] as number);
  return behind > at && behind <= end ? behind : -1;
}

/** The integer that stands there. */
export function integerAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return first;
  let value = 0;
  for (let next = at + 1; next <= at + followingBytes(first); next++)
    value = value * 256 + (bytes[next] as number);
  return value;
}

/** How many bytes follow the first; a negative number if it does not begin such an integer. */
function followingBytes(first: number): number {
  if (first < 0x80) return 0;
  return first >= uint8 && first <= uint32 ? 1 << (first - uint8) : -1;
}
