/** So many are kept; whoever uses names as data has those beyond made anew each time. */
const maxNames = 1024;

/** Names as they are written, each made once. */
export class WrittenNames {
  readonly #make: (name: string) => Uint8Array | undefined;
  readonly #written = new Map<string, Uint8Array>();

  /** @param make undefined for a name that the short way is not for. */
  constructor(make: (name: string) => Uint8Array | undefined) {
    this.#make = make;
  }

  bytes(name: string): Uint8Array | undefined {
    const known = this.#written.get(name);
    if (known !== undefined) return known;
    const bytes = this.#make(name);
    if (bytes !== undefined && this.#written.size < maxNames) this.#written.set(name, bytes);
    return bytes;
  }
}
