/**
 * The fuzzer's own decisions, one byte each, taken from the end of its input: what is to be decoded stays in one piece before them,
 * and inputs of few decisions are valid ones, since a decision that is not there is 0.
 */
export class Choices {
  readonly #data: Uint8Array;
  #end: number;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#end = data.length;
  }

  byte(): number {
    if (this.#end === 0) return 0;
    this.#end -= 1;
    return this.#data[this.#end] as number;
  }

  below(count: number): number {
    return this.byte() % count;
  }

  of<T>(...options: readonly [T, ...T[]]): T {
    return options[this.below(options.length)] as T;
  }

  /** What the decisions have left over. */
  rest(): Uint8Array {
    return this.#data.subarray(0, this.#end);
  }

  /** What they have left over once it is decided where it is cut: at up to six places, or between all bytes. */
  pieces(): { readonly bytes: Uint8Array; readonly cuts: readonly number[] } {
    const count = this.below(8);
    const places = Array.from({ length: count % 7 }, () => this.byte() * 256 + this.byte());
    const bytes = this.rest();
    const everywhere = count === 7;
    const cuts = everywhere
      ? Array.from({ length: bytes.length }, (_, at) => at)
      : places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
    return { bytes, cuts };
  }
}
