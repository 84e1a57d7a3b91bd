/** Why a value is not taken. */
export class Refused extends Error {}

interface Rules {
  readonly maxDepth: number;
  readonly bigIntegers: boolean;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The MessagePack value that `bytes` are, read by the book (the specification of 2013), one function call a level, with the rules
 * that docs/codecs.md has beside it. Slow, and independent of what it is compared with.
 * @throws Refused.
 */
export function referenceMsgpack(bytes: Uint8Array, rules: Rules): unknown {
  const reader = new Reader(bytes, rules);
  const value = reader.value(0);
  if (!reader.isAtEnd) throw new Refused("bytes behind the value");
  return value;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #rules: Rules;
  #at = 0;

  constructor(bytes: Uint8Array, rules: Rules) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#rules = rules;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): unknown {
    const type = this.#unsigned(1);
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type & 0x0f, depth);
    if (type < 0xa0) return this.#array(type & 0x0f, depth);
    if (type < 0xc0) return this.#text(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return Uint8Array.from(this.#take(this.#unsigned(1 << (type - 0xc4))));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#unsigned(1 << (type - 0xc7)), [12]);
      case 0xca:
        return this.#view.getFloat32(this.#skip(4));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << (type - 0xcc));
      case 0xcf:
        return this.#big(this.#view.getBigUint64(this.#skip(8)));
      case 0xd0:
        return this.#view.getInt8(this.#skip(1));
      case 0xd1:
        return this.#view.getInt16(this.#skip(2));
      case 0xd2:
        return this.#view.getInt32(this.#skip(4));
      case 0xd3:
        return this.#big(this.#view.getBigInt64(this.#skip(8)));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (type - 0xd4), [4, 8]);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(1 << (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(2 << (type - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(2 << (type - 0xde)), depth);
    }
    throw new Refused("a type that there is not");
  }

  #array(count: number, depth: number): unknown[] {
    this.#enter(count, depth);
    const array: unknown[] = [];
    for (let i = 0; i < count; i++) array.push(this.value(depth + 1));
    return array;
  }

  #map(count: number, depth: number): Readonly<Record<string, unknown>> {
    this.#enter(2 * count, depth);
    const map: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      // A float is no integer, whatever its value.
      const isFloat = this.#bytes[this.#at] === 0xca || this.#bytes[this.#at] === 0xcb;
      const key = this.value(depth + 1);
      if (isFloat || (typeof key !== "string" && typeof key !== "bigint" && !Number.isInteger(key)))
        throw new Refused("a key that is neither a string nor an integer");
      // msgpackr's way out of the prototype's.
      map[key === "__proto__" ? "__proto_" : `${key as string}`] = this.value(depth + 1);
    }
    return map;
  }

  #enter(values: number, depth: number): void {
    if (depth + 1 > this.#rules.maxDepth) throw new Refused("nested too deep");
    if (values > this.#bytes.length - this.#at) throw new Refused("more values than bytes");
  }

  #text(length: number): string {
    try {
      return strict.decode(this.#take(length));
    } catch {
      throw new Refused("no UTF-8");
    }
  }

  /** @param lengths that a timestamp may have in this form. */
  #extension(length: number, lengths: readonly number[]): Date {
    const type = this.#view.getInt8(this.#skip(1));
    const at = this.#skip(length);
    if (type !== -1) throw new Refused("an extension that is no timestamp");
    switch (lengths.includes(length) ? length : 0) {
      case 4:
        return new Date(this.#view.getUint32(at) * 1_000);
      case 8: {
        const both = this.#view.getBigUint64(at);
        return dateOf(both & 0x3_ffff_ffffn, Number(both >> 34n));
      }
      case 12:
        return dateOf(this.#view.getBigInt64(at + 4), this.#view.getUint32(at));
    }
    throw new Refused("a timestamp of another size");
  }

  #big(value: bigint): number | bigint {
    // A number holds 2⁵³ itself, too, but so it does 2⁵³ + 1, rounded.
    const limit = 2n ** 53n - (this.#rules.bigIntegers ? 0n : 1n);
    if (value >= -limit && value <= limit) return Number(value);
    if (this.#rules.bigIntegers) return value;
    throw new Refused("an integer beyond 2⁵³");
  }

  #unsigned(width: number): number {
    return this.#take(width).reduce((value, byte) => value * 256 + byte, 0);
  }

  #take(count: number): Uint8Array {
    const at = this.#skip(count);
    return this.#bytes.subarray(at, at + count);
  }

  #skip(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw new Refused("it ends too early");
    this.#at = at + count;
    return at;
  }
}

function dateOf(seconds: bigint, nanoseconds: number): Date {
  const date = new Date(Number(seconds) * 1_000 + nanoseconds / 1e6);
  if (nanoseconds >= 1e9 || Number.isNaN(date.getTime())) throw new Refused("no date");
  return date;
}
