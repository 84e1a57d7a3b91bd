import type { Writer } from "@parley/core";

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

/** Whether it is an integer from 0 to 2³¹ - 1, which both codecs write by themselves. */
export function isSmallInteger(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && (value | 0) === value;
}

/** Appends a text. */
export function write(text: Uint8Array, out: Writer): void {
  out.reserve(text.length);
  out.bytes.set(text, out.at);
  out.at += text.length;
}
