import { ParleyError } from "@parley/core";
import { type Dial, socketDial } from "@parley/transport";

/** Where a client connects to: URLs as `socketDial` takes them, or dials of other kinds. */
export type Where = string | Dial | readonly (string | Dial)[];

/** One place to connect to. */
export interface ServerAddress {
  /** The URL as it was given; `dial 1`, counted from 1 among all addresses, where a dial was. */
  readonly name: string;
  readonly dial: Dial;
}

/** The addresses of one service, and which of them is tried when. */
export class AddressList {
  readonly #addresses: readonly ServerAddress[];
  readonly #avoidUntil = new Map<ServerAddress, number>();
  /** Which is tried first. */
  #first = 0;

  /** @throws ParleyError `bad-address`; `bad-option` for no address at all. */
  constructor(where: Where) {
    const places = typeof where === "string" || typeof where === "function" ? [where] : where;
    if (!Array.isArray(places) || places.length === 0)
      throw new ParleyError(
        "bad-option",
        "No address is given; give at least one, like tcp://127.0.0.1:6666.",
      );
    this.#addresses = (places as readonly (string | Dial)[]).map((place, index) =>
      typeof place === "string"
        ? { name: place, dial: socketDial(place) }
        : { name: `dial ${index + 1}`, dial: place },
    );
  }

  /** In which order to try now: from the one that was good last, without those to be avoided. */
  round(now: number): readonly ServerAddress[] {
    const { length } = this.#addresses;
    return Array.from(
      { length },
      (_, index) => this.#addresses[(this.#first + index) % length] as ServerAddress,
    ).filter((address) => this.#availableAt(address) <= now);
  }

  /** When the first of them need not be avoided any more; `now` if one need not be. */
  availableAt(now: number): number {
    return Math.max(now, Math.min(...this.#addresses.map((address) => this.#availableAt(address))));
  }

  /** Whether there is another one than `address` to be tried now. */
  hasOther(address: ServerAddress, now: number): boolean {
    return this.round(now).some((other) => other !== address);
  }

  /** A connection to it was made: it is tried first next time. */
  succeeded(address: ServerAddress): void {
    this.#first = this.#addresses.indexOf(address);
  }

  /** It has asked to be left alone until then: the one behind it is tried first. */
  avoid(address: ServerAddress, until: number): void {
    this.#avoidUntil.set(address, until);
    const index = this.#addresses.indexOf(address);
    if (index === this.#first) this.#first = (index + 1) % this.#addresses.length;
  }

  #availableAt(address: ServerAddress): number {
    return this.#avoidUntil.get(address) ?? Number.NEGATIVE_INFINITY;
  }
}
