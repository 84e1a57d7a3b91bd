import { type ByteStream, ParleyError } from "@parley/core";
import { type Inheritable, type Listen, type Listener, socketListener } from "@parley/transport";
import type { ListenerSpan } from "./listener-span.ts";
import type { ServerEmitter } from "./server-events.ts";

/** Whether a server listens: not yet or no more, now, or not until it is resumed. */
export type ListenersState = "idle" | "listening" | "suspended";

/** What a server was asked to listen at, and the listener that came of it. */
interface Entry {
  readonly place: string | Listen;
  readonly listener: Listener;
  readonly span: ListenerSpan;
}

/** A server's listeners: begins and ends them, all or none, and tells of each. */
export class Listeners {
  readonly #events: ServerEmitter;
  readonly #accept: (stream: ByteStream, span: ListenerSpan) => void;
  #entries: Entry[] = [];
  /** Where to listen when resumed; null unless suspended. */
  #suspended: readonly (string | Listen)[] | null = null;
  #begun = 0;

  constructor(events: ServerEmitter, accept: (stream: ByteStream, span: ListenerSpan) => void) {
    this.#events = events;
    this.#accept = accept;
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
    const begun: Entry[] = [];
    try {
      const listens = places.map((place) => (typeof place === "string" ? socketListener(place) : place));
      for (const [index, listen] of listens.entries())
        begun.push(await this.#begin(places[index] as string | Listen, listen));
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

  async suspend(): Promise<void> {
    const entries = this.#entries;
    if (entries.length === 0) return;
    this.#suspended = [...(this.#suspended ?? []), ...entries.map(again)];
    await this.#end();
    this.#events.tell("suspended", { addresses: entries.map(({ span }) => span.address) });
  }

  async resume(check: () => void): Promise<void> {
    const places = this.#suspended;
    if (places === null) return;
    this.#suspended = null;
    try {
      await this.listen(places, check);
    } catch (error) {
      this.#suspended = places;
      throw error;
    }
  }

  /** @param handedOver whether another process goes on listening at the same. */
  async close(handedOver = false): Promise<void> {
    this.#suspended = null;
    await this.#end(handedOver);
  }

  /**
   * What a new process inherits.
   * @throws ParleyError `hand-over-failed` if one of them cannot be.
   */
  inheritables(): Inheritable[] {
    return this.#entries.map(({ listener: { requested: url, descriptor, address } }) => {
      if (url !== undefined && descriptor !== undefined) return { url, descriptor };
      throw new ParleyError(
        "hand-over-failed",
        `${address} cannot be handed over; only tcp://, tls://, unix:// and single fd:// listeners can.`,
      );
    });
  }

  async #begin(place: string | Listen, listen: Listen): Promise<Entry> {
    const span: { -readonly [K in keyof ListenerSpan]: ListenerSpan[K] } = {
      id: `l${++this.#begun}`,
      address: typeof place === "string" ? place : "",
      accepted: 0,
    };
    const listener = await listen({
      accept: (stream) => this.#accept(stream, span),
      failed: (error) => this.#events.tell("listener-error", { address: span.address, error }),
    });
    span.address = listener.address;
    return { place, listener, span };
  }

  async #end(handedOver = false): Promise<void> {
    const entries = this.#entries.splice(0);
    await Promise.all(entries.map(({ listener }) => listener.close({ handedOver })));
    for (const { span } of entries) {
      const { id, address, accepted } = span;
      this.#events.tell("listening-ended", { listener: id, address, accepted });
    }
  }
}

/** The place that an entry is to listen at again: the same, with the port that it had. */
function again({ place, span }: Entry): string | Listen {
  if (typeof place === "function") return (sink) => place(sink, span.address);
  const port = /:(\d+)$/.exec(span.address)?.[1];
  return port === undefined ? place : place.replace(/:0(?=[/?]|$)/, `:${port}`);
}
