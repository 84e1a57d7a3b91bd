import { ParleyError } from "../error.ts";
import { checkInteger, checkOneOf } from "../options.ts";

/** How a length is written. */
export interface LengthFieldOptions {
  /** Bytes of the length, or `varint` (unsigned LEB128, as in Protocol Buffers; the shortest form only). Default 4. */
  readonly width?: 1 | 2 | 3 | 4 | 8 | "varint";
  /** Which end comes first. Default `big`. */
  readonly endian?: "big" | "little";
}

/** Reads and writes one way to put a length. */
export interface LengthField {
  readonly id: string;
  /** Bytes that it takes up; 0 if that depends on the length. */
  readonly width: number;
  /** The greatest length that it can hold. */
  readonly max: number;
  /** Bytes of the field that begins at `at`: 0 if it goes on behind `end`, -1 if it is none. */
  measure(bytes: Uint8Array, at: number, end: number): number;
  /** The length in the whole field at `at`; above 2⁵³ it is rounded. */
  read(bytes: Uint8Array, at: number): number;
  /** Bytes that the field takes up for `length`. */
  sizeOf(length: number): number;
  write(bytes: Uint8Array, at: number, length: number): void;
}

/** @throws ParleyError `bad-option`. */
export function lengthField({ width = 4, endian = "big" }: LengthFieldOptions): LengthField {
  checkOneOf("endian", endian, ["big", "little"]);
  if (width === "varint") return varint;
  if (![1, 2, 3, 4, 8].includes(width)) {
    throw new ParleyError("bad-option", `width is ${String(width)}; give 1, 2, 3, 4, 8 or "varint".`);
  }
  return new FixedLengthField(checkInteger("width", width, 1, 8), endian);
}

class FixedLengthField implements LengthField {
  readonly id: string;
  readonly width: number;
  readonly max: number;
  readonly #little: boolean;

  constructor(width: number, endian: "big" | "little") {
    this.id = endian === "big" ? String(width) : `${width}le`;
    this.width = width;
    this.max = width === 8 ? Number.MAX_SAFE_INTEGER : 256 ** width - 1;
    this.#little = endian === "little";
  }

  measure(_bytes: Uint8Array, at: number, end: number): number {
    return end - at < this.width ? 0 : this.width;
  }

  read(bytes: Uint8Array, at: number): number {
    let length = 0;
    for (let i = 0; i < this.width; i++) length = length * 256 + (bytes[this.#place(at, i)] as number);
    return length;
  }

  sizeOf(): number {
    return this.width;
  }

  write(bytes: Uint8Array, at: number, length: number): void {
    let rest = length;
    for (let i = this.width - 1; i >= 0; i--) {
      bytes[this.#place(at, i)] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }

  /** Where the byte of the i-th highest rank stands. */
  #place(at: number, i: number): number {
    return this.#little ? at + this.width - 1 - i : at + i;
  }
}

// 8 bytes of 7 bits hold every length up to 2⁵³ and no more than 2⁵⁶.
const maxVarintBytes = 8;

const varint: LengthField = Object.freeze({
  id: "varint",
  width: 0,
  max: Number.MAX_SAFE_INTEGER,
  measure(bytes: Uint8Array, at: number, end: number): number {
    const stop = Math.min(end, at + maxVarintBytes);
    for (let i = at; i < stop; i++) {
      const byte = bytes[i] as number;
      if (byte < 0x80) return byte === 0 && i > at ? -1 : i - at + 1;
    }
    return stop === end && end - at < maxVarintBytes ? 0 : -1;
  },
  read(bytes: Uint8Array, at: number): number {
    let length = 0;
    let scale = 1;
    for (let i = at; ; i++) {
      const byte = bytes[i] as number;
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) return length;
      scale *= 128;
    }
  },
  sizeOf(length: number): number {
    let size = 1;
    for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) size++;
    return size;
  },
  write(bytes: Uint8Array, at: number, length: number): void {
    let rest = length;
    let to = at;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[to++] = (rest % 128) | 0x80;
    bytes[to] = rest;
  },
});
