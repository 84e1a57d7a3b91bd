import type { Cancel } from "@parley/core";
import {
  type CompiledContract,
  ConnectionLostError,
  type MismatchError,
  RpcError,
  receivedValue,
  UnavailableError,
  type ValueCheck,
} from "@parley/rpc";
import { BackOff } from "./back-off.ts";
import type { ClientEmitter } from "./client-events.ts";
import { type ClientSetup, reconnectDefaults } from "./client-options.ts";
import type { Link } from "./link.ts";

type Listener = (payload: unknown) => void;

/** Who listens to which events of the contract, and that the server knows it on every connection. */
export class Subscriptions {
  readonly #contract: CompiledContract;
  readonly #setup: ClientSetup;
  readonly #events: ClientEmitter;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #backOff: BackOff;
  /** Subscriptions that are to be asked for again. */
  readonly #delayed = new Set<Cancel>();
  #link: Link | null = null;

  constructor(contract: CompiledContract, setup: ClientSetup, events: ClientEmitter) {
    this.#contract = contract;
    this.#setup = setup;
    this.#events = events;
    this.#backOff = new BackOff(setup.reconnect ?? reconnectDefaults, setup.random);
  }

  /** Adds a listener, the same function as often as it is given; what is returned removes it again. */
  add(event: string, listener: Listener): () => void {
    // Its own function, for one that is added twice to be two.
    const own: Listener = (payload) => listener(payload);
    const listeners = this.#listeners.get(event);
    if (listeners !== undefined) listeners.add(own);
    else {
      this.#listeners.set(event, new Set([own]));
      this.#subscribe([event]);
    }
    return () => this.#remove(event, own);
  }

  /** There is a connection, which knows of no subscription. */
  restore(link: Link): void {
    this.#link = link;
    this.#backOff.reset();
    if (this.#listeners.size > 0) this.#subscribe([...this.#listeners.keys()]);
  }

  /** There is none any more. */
  lose(): void {
    this.#link = null;
    for (const cancel of this.#delayed) cancel();
    this.#delayed.clear();
  }

  /** An event has come. */
  deliver(event: string, payload: unknown, link: Link): void {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) return;
    const check = this.#contract.events.get(event) as ValueCheck;
    let taken: unknown;
    try {
      taken = receivedValue("the payload of the event", event, check, payload, link.channel.form);
    } catch (error) {
      return this.#events.tell("event-mismatch", { event, error: error as MismatchError });
    }
    // Who is added by a listener hears of the next one.
    for (const listener of Array.from(listeners)) {
      try {
        listener(taken);
      } catch (error) {
        this.#events.tell("subscriber-error", { event, error });
      }
    }
  }

  #remove(event: string, listener: Listener): void {
    const listeners = this.#listeners.get(event);
    if (listeners?.delete(listener) !== true || listeners.size > 0) return;
    this.#listeners.delete(event);
    // If it fails, the events that go on coming are passed over.
    this.#link?.session.unsubscribe([event], this.#setup.timeoutMs).catch(() => {});
  }

  #subscribe(events: readonly string[]): void {
    const link = this.#link;
    link?.session.subscribe(events, this.#setup.timeoutMs).then(
      () => this.#events.tell("subscribed", { events }),
      (error: unknown) => this.#failed(link, events, error),
    );
  }

  #failed(link: Link, events: readonly string[], error: unknown): void {
    // The next connection subscribes anew.
    if (error instanceof ConnectionLostError || this.#link !== link) return;
    const wanted = events.filter((event) => this.#listeners.has(event));
    if (wanted.length === 0) return;
    if (error instanceof UnavailableError) this.#subscribeLater(wanted, error.retryAfterMs);
    // One that is refused must not take the others with it.
    else if (error instanceof RpcError && wanted.length > 1) {
      for (const event of wanted) this.#subscribe([event]);
    } else this.#events.tell("subscription-failed", { events: wanted, error });
  }

  #subscribeLater(events: readonly string[], retryAfterMs: number): void {
    const cancel = this.#setup.clock.after(retryAfterMs + this.#backOff.next(), () => {
      this.#delayed.delete(cancel);
      const wanted = events.filter((event) => this.#listeners.has(event));
      if (wanted.length > 0) this.#subscribe(wanted);
    });
    this.#delayed.add(cancel);
  }
}
