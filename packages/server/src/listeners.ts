import { type ByteStream, ParleyError } from "@parley/core";
import { type Inheritable, type Listen, type Listener, socketListener } from "@parley/transport";
import type { ListenerSpan } from "./listener-span.ts";
import type { ServerEmitter } from "./server-events.ts";

/** Whether a server listens: not yet or no more, now, or not until it is resumed. */
export type ListenersState = "idle" | "listening" | "suspended";

/** How to listen, and the address at which that was done before, if it was. */
interface Place {
  readonly listen: Listen;
  readonly again?: string;
}

/** A listener, and how it came to be. */
interface Entry {
  readonly listen: Listen;
  readonly listener: Listener;
  readonly span: ListenerSpan;
}

/** Where what is accepted goes. */
export interface ReceptionOfListeners {
  accept(stream: ByteStream, span: ListenerSpan): void;
  /** Whether there is no room for a connection that is to become a stream later. */
  turnsAway(descriptor: number | undefined, span: ListenerSpan): boolean;
}

/** A server's listeners: begins and ends them, all or none, and tells of each. */
export class Listeners {
  readonly #events: ServerEmitter;
  readonly #reception: ReceptionOfListeners;
  #entries: Entry[] = [];
  /** Where to listen when resumed; null unless suspended. */
  #suspended: readonly Place[] | null = null;
  #begun = 0;
  /** The last of those that must not overlap. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(events: ServerEmitter, reception: ReceptionOfListeners) {
    this.#events = events;
    this.#reception = reception;
  }

  get state(): ListenersState {
    if (this.#suspended !== null) return "suspended";
    return this.#entries.length > 0 ? "listening" : "idle";
  }

  get spans(): ListenerSpan[] {
    return this.#entries.map(({ span }) => span);
  }

  /** @param check throws if it is too late to listen; called when all of them have begun. */
  async listen(places: readonly (string | Listen)[], check: () => void): Promise<ListenerSpan[]> {
    const listens = places.map((place) => (typeof place === "string" ? socketListener(place) : place));
    return this.#beginAll(
      listens.map((listen) => ({ listen })),
      check,
    );
  }

  suspend(): Promise<void> {
    return this.#inTurn(async () => {
      const entries = this.#entries;
      if (entries.length === 0) return;
      const addresses = entries.map(({ span }) => span.address);
      const places = entries.map(({ listen, span }) => ({ listen, again: span.address }));
      this.#suspended = [...(this.#suspended ?? []), ...places];
      await this.#end();
      this.#events.tell("suspended", { addresses });
    });
  }

  /** @param check as that of `listen`, and called first as well. */
  resume(check: () => void): Promise<void> {
    return this.#inTurn(async () => {
      check();
      const places = this.#suspended;
      if (places === null) return;
      this.#suspended = null;
      try {
        await this.#beginAll(places, check);
      } catch (error) {
        this.#suspended = places;
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#suspended = null;
      await this.#end();
    });
  }

  /**
   * Has `start` start a process that inherits all of them, and resolve once it listens; then they end here. They are not suspended
   * meanwhile.
   * @throws ParleyError `hand-over-failed` if there are none, they are suspended, or one of them cannot be inherited; as `start` does,
   * and they go on.
   */
  handOver<T>(start: (inheritables: readonly Inheritable[]) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      if (this.state !== "listening") {
        throw new ParleyError(
          "hand-over-failed",
          `The server is ${this.state}, so there is nothing that a successor could go on listening at; ${this.state === "idle" ? "have it listen" : "resume it"} first.`,
        );
      }
      const entries = [...this.#entries];
      const result = await start(this.#inheritables());
      await this.#end(entries);
      return result;
    });
  }

  #inheritables(): Inheritable[] {
    return this.#entries.map(({ listener: { requested: url, descriptor, address } }) => {
      if (url !== undefined && descriptor !== undefined) return { url, descriptor };
      throw new ParleyError(
        "hand-over-failed",
        `${address} cannot be handed over; only tcp://, tls://, unix:// and single fd:// listeners can.`,
      );
    });
  }

  /** Runs `task` once those before it are through. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }

  async #beginAll(places: readonly Place[], check: () => void): Promise<ListenerSpan[]> {
    const begun: Entry[] = [];
    try {
      for (const place of places) begun.push(await this.#begin(place));
      check();
    } catch (error) {
      await Promise.all(begun.map(({ listener }) => listener.close()));
      throw error;
    }
    this.#entries.push(...begun);
    const spans = begun.map(({ span }) => span);
    for (const { id, address } of spans) this.#events.tell("listening", { listener: id, address });
    return spans;
  }

  async #begin({ listen, again }: Place): Promise<Entry> {
    const span: { -readonly [K in keyof ListenerSpan]: ListenerSpan[K] } = {
      id: `l${++this.#begun}`,
      address: again ?? "",
      accepted: 0,
    };
    const listener = await listen(
      {
        accept: (stream) => this.#reception.accept(stream, span),
        turnsAway: (descriptor) => this.#reception.turnsAway(descriptor, span),
        failed: (error) => this.#events.tell("listener-error", { address: span.address, error }),
      },
      again,
    );
    span.address = listener.address;
    return { listen, listener, span };
  }

  /** @param handedOver those at which another process goes on listening. */
  async #end(handedOver: readonly Entry[] = []): Promise<void> {
    const entries = this.#entries.splice(0);
    await Promise.all(
      entries.map((entry) => entry.listener.close({ handedOver: handedOver.includes(entry) })),
    );
    for (const { span } of entries) {
      const { id, address, accepted } = span;
      this.#events.tell("listening-ended", { listener: id, address, accepted });
    }
  }
}
