/**
 * Keys for calls, none of them given twice: `INSTANCE:1`, `INSTANCE:2` and so on. A server without authentication takes what stands before
 * the colon for whose key it is.
 */
export class KeySequence {
  readonly #instance: string;
  #last = 0;

  /** @param instance names one client among all, and no other ever. */
  constructor(instance: string) {
    this.#instance = instance;
  }

  /** The key that a call asks for: the next one for true, a text as it is, none for undefined or false. */
  keyFor(asked: string | boolean | undefined): string | undefined {
    if (asked === undefined || asked === false) return undefined;
    if (asked !== true) return asked;
    this.#last += 1;
    return `${this.#instance}:${this.#last}`;
  }
}
