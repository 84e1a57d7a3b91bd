import type { Clock } from "@parley/core";

/** What takes long to say beside a message, such as the time: asked once per turn of the event loop, for all messages of a chunk. */
export class OncePerTurn<Value> {
  readonly #clock: Clock;
  readonly #ask: () => Value;
  #value: Value | null = null;
  readonly #forget = (): void => {
    this.#value = null;
  };

  constructor(clock: Clock, ask: () => Value) {
    this.#clock = clock;
    this.#ask = ask;
  }

  get value(): Value {
    return this.#value ?? this.#learn();
  }

  #learn(): Value {
    const value = this.#ask();
    this.#value = value;
    this.#clock.endOfTurn(this.#forget);
    return value;
  }
}
