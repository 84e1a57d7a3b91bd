import { standsAt } from "./bytes.ts";

/** Longer names are not kept. */
const maxNameBytes = 64;
const slots = 256;

/** Names that have come as bytes, so that the ones that come again and again need not be made strings each time. */
export class KnownNames {
  readonly #bytes: (Uint8Array | undefined)[] = new Array(slots).fill(undefined);
  readonly #names: string[] = new Array(slots).fill("");

  /** The name in ASCII there. */
  name(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    const slot = (length * 31 + (bytes[start] as number) * 7 + (bytes[end - 1] as number)) % slots;
    const known = this.#bytes[slot];
    if (known !== undefined && known.length === length && standsAt(known, bytes, start, end))
      return this.#names[slot] as string;
    const name = String.fromCharCode(...bytes.subarray(start, end));
    if (length <= maxNameBytes) {
      this.#bytes[slot] = bytes.slice(start, end);
      this.#names[slot] = name;
    }
    return name;
  }
}
