import { type Codec, type Encoded, encode } from "@parley/core";
import { sentValue, type ValueCheck, type WireForm } from "@parley/rpc";

/** One event on its way to many: checked once, and encoded once for each codec that they speak. */
export class EventMessage {
  readonly #event: string;
  readonly #check: ValueCheck;
  readonly #payload: unknown;
  readonly #wire = new Map<WireForm, unknown>();
  readonly #encoded = new Map<string, Encoded>();

  /** @throws MismatchError. */
  constructor(event: string, check: ValueCheck, payload: unknown) {
    this.#event = event;
    this.#check = check;
    this.#payload = payload;
    // Who emits what does not match is to hear of it even if nobody has subscribed.
    this.#inForm("json");
  }

  /** Its bytes in `codec`, whose messages have values in `form`. @throws FrameTooLongError; ParleyError `unencodable`. */
  in(codec: Codec<unknown>, form: WireForm): Encoded {
    let encoded = this.#encoded.get(codec.id);
    if (encoded === undefined) {
      encoded = encode(codec, { jsonrpc: "2.0", method: this.#event, params: this.#inForm(form) });
      this.#encoded.set(codec.id, encoded);
    }
    return encoded;
  }

  #inForm(form: WireForm): unknown {
    if (!this.#wire.has(form))
      this.#wire.set(form, sentValue("the data of", this.#event, this.#check, this.#payload, form));
    return this.#wire.get(form);
  }
}
