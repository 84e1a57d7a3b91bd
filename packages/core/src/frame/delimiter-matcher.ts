import { ParleyError } from "../error.ts";

const maxDelimiterBytes = 1024;

/**
 * Finds delimiters in a stream of bytes: an automaton of one state per beginning of a delimiter (Aho and Corasick, 1975), so
 * that every byte is looked at once, wherever chunks are cut.
 */
export class DelimiterMatcher {
  /** The byte that every delimiter begins with; -1 if they differ. */
  readonly firstByte: number;
  /** For each state and byte the next state. */
  readonly #next: Uint16Array;
  /** For each state how many bytes of a delimiter were seen. */
  readonly #seen: Uint16Array;
  /** For each state whether that is a whole delimiter. */
  readonly #whole: Uint8Array;

  /** @throws ParleyError `bad-option` for delimiters that are empty, too long, or part of one another. */
  constructor(delimiters: readonly Uint8Array[]) {
    check(delimiters);
    const states = 1 + delimiters.reduce((sum, delimiter) => sum + delimiter.length, 0);
    this.#next = new Uint16Array(states * 256);
    this.#seen = new Uint16Array(states);
    this.#whole = new Uint8Array(states);
    const [first] = delimiters as readonly [Uint8Array];
    this.firstByte = delimiters.every((delimiter) => delimiter[0] === first[0]) ? (first[0] as number) : -1;
    this.#build(delimiters);
  }

  /** The state after `byte` in `state`; 0 is the first. */
  next(state: number, byte: number): number {
    return this.#next[(state << 8) | byte] as number;
  }

  /** How many of the bytes seen last may belong to a delimiter. */
  seen(state: number): number {
    return this.#seen[state] as number;
  }

  /** Whether the bytes seen last are a delimiter. */
  isWhole(state: number): boolean {
    return this.#whole[state] === 1;
  }

  #build(delimiters: readonly Uint8Array[]): void {
    const next = this.#next;
    let states = 1;
    for (const delimiter of delimiters) {
      let state = 0;
      for (const byte of delimiter) {
        const edge = (state << 8) | byte;
        if (next[edge] === 0) {
          this.#seen[states] = this.seen(state) + 1;
          next[edge] = states++;
        }
        state = next[edge] as number;
      }
      this.#whole[state] = 1;
    }
    // Breadth first, so that where a state falls back to is complete before it is needed.
    const fallback = new Uint16Array(states);
    const queue = [0];
    for (let at = 0; at < queue.length; at++) {
      const state = queue[at] as number;
      for (let byte = 0; byte < 256; byte++) {
        const edge = (state << 8) | byte;
        const otherwise = state === 0 ? 0 : this.next(fallback[state] as number, byte);
        const target = next[edge] as number;
        if (target !== 0 && this.seen(target) === this.seen(state) + 1) {
          fallback[target] = otherwise;
          queue.push(target);
        } else next[edge] = otherwise;
      }
    }
  }
}

function check(delimiters: readonly Uint8Array[]): void {
  const wrong = (why: string): ParleyError => new ParleyError("bad-option", `delimiters ${why}.`);
  if (delimiters.length === 0) throw wrong("is empty; give at least one");
  const total = delimiters.reduce((sum, delimiter) => sum + delimiter.length, 0);
  if (total > maxDelimiterBytes)
    throw wrong(`has ${total} bytes in all; at most ${maxDelimiterBytes} are supported`);
  const texts = delimiters.map((delimiter) => String.fromCharCode(...delimiter));
  for (const [i, text] of texts.entries()) {
    if (text === "") throw wrong("holds an empty one; leave it out");
    if (texts.some((other, j) => i !== j && other.includes(text))) {
      throw wrong(
        `holds ${JSON.stringify(text)} twice or within another one; which of them ends a frame would be left to chance`,
      );
    }
  }
}
