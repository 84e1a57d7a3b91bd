import { type Cancel, ClosedError, type CloseReason, ParleyError } from "@parley/core";
import type { CallFailure, GoAway, Service, UnavailableError } from "@parley/rpc";
import type { AddressList } from "./address-list.ts";
import { BackOff } from "./back-off.ts";
import type { ClientEmitter } from "./client-events.ts";
import type { ClientSetup } from "./client-options.ts";
import { type ClientState, clientTransitions } from "./client-state.ts";
import { Link, type LinkOwner } from "./link.ts";

/** Who wants a connection. */
export interface ReconnectorOwner {
  readonly service: Service;
  /** There is one. */
  linked(link: Link): void;
  /** There is none, for now. */
  unlinked(why: ParleyError): void;
  /** There will never be one again. */
  closed(why: ParleyError): void;
  /** An event has come. */
  notified(link: Link, event: string, payload: unknown): void;
}

/** A {@link ClientState}, and what belongs to it. */
type Phase =
  | { readonly kind: "idle" }
  /** Addresses are tried, until it is aborted. */
  | { readonly kind: "connecting" | "draining"; readonly abort: AbortController }
  | { readonly kind: "connected"; readonly link: Link }
  | { readonly kind: "waiting"; readonly cancel: Cancel }
  | { readonly kind: "closed"; readonly error: ParleyError };

/** Keeps one client connected: to one address at a time, and to the next or again when that is over. */
export class Reconnector implements LinkOwner {
  readonly #setup: ClientSetup;
  readonly #addresses: AddressList;
  readonly #events: ClientEmitter;
  readonly #owner: ReconnectorOwner;
  readonly #backOff: BackOff | null;
  /** All that are open: the current one, and those that finish their calls. */
  readonly #links = new Set<Link>();
  #phase: Phase = { kind: "idle" };
  /** The round that is under way, or the last one; never rejects. */
  #round: Promise<void> = Promise.resolve();

  constructor(setup: ClientSetup, addresses: AddressList, events: ClientEmitter, owner: ReconnectorOwner) {
    this.#setup = setup;
    this.#addresses = addresses;
    this.#events = events;
    this.#owner = owner;
    this.#backOff = setup.reconnect && new BackOff(setup.reconnect, setup.random);
  }

  get state(): ClientState {
    return this.#phase.kind;
  }

  /** The connection for new calls, if there is one. */
  get link(): Link | null {
    return this.#phase.kind === "connected" ? this.#phase.link : null;
  }

  get service(): Service {
    return this.#owner.service;
  }

  /** Somebody wants a connection. */
  start(): void {
    if (this.#phase.kind === "idle") this.#connect("connecting");
  }

  /**
   * A call on `link` was answered as unavailable: leaves it if there is another address. Answers whether calls that are made now go by
   * another one.
   */
  refused(link: Link, { retryAfterMs }: UnavailableError): boolean {
    if (this.link !== link) return true;
    if (this.#backOff === null || !this.#addresses.hasOther(link.address, this.#now)) return false;
    this.#moveOn(link, retryAfterMs, "it is overloaded");
    return true;
  }

  /** Closes all connections and makes no more. Resolves when they are gone; never rejects. */
  async close(error: ParleyError): Promise<void> {
    this.#close(error);
    await Promise.all([...this.#links].map((link) => link.close()));
    await this.#round;
  }

  notified(link: Link, event: string, payload: unknown): void {
    // Of two connections the newer one sends the same events.
    const { link: current } = this;
    if (current === null || current === link) this.#owner.notified(link, event, payload);
  }

  goneAway(link: Link, { code, message, retryAfterMs }: GoAway): void {
    this.#events.tell("goaway", { address: link.address.name, code, message, retryAfterMs });
    // Without a next connection it is used until its end.
    if (this.link === link && this.#backOff !== null)
      this.#moveOn(link, retryAfterMs, "it takes no new calls");
  }

  callFailed({ method, error, reference }: CallFailure): void {
    this.#events.tell("call-failed", { method, error, reference });
  }

  lost(link: Link, reason: CloseReason): void {
    // Not there if the client was closed while it was being made.
    if (!this.#links.delete(link)) return;
    const error = new ClosedError(reason);
    this.#events.tell("disconnected", { address: link.address.name, reason, error });
    if (this.link !== link) return;
    this.#lookAtAge(link);
    this.#wait(error);
  }

  get #now(): number {
    return this.#setup.clock.now();
  }

  /** Has new calls wait for a connection to another address, while `link` finishes those it has. */
  #moveOn(link: Link, retryAfterMs: number, why: string): void {
    this.#lookAtAge(link);
    const { address } = link;
    this.#addresses.avoid(address, this.#now + retryAfterMs + (this.#backOff?.next() ?? 0));
    this.#connect("draining");
    this.#owner.unlinked(
      new ParleyError("closed", `${address.name} was left, as ${why}.`, { blame: "remote" }),
    );
    link.leave();
  }

  /** A connection that lasted has proved itself. */
  #lookAtAge(link: Link): void {
    const { reconnect } = this.#setup;
    if (reconnect !== null && this.#now - link.openedAt >= reconnect.maxDelayMs) this.#backOff?.reset();
  }

  #connect(kind: "connecting" | "draining"): void {
    const abort = new AbortController();
    this.#enter({ kind, abort });
    this.#round = this.#round.then(() => this.#tryAddresses(abort.signal));
  }

  /** Tries the addresses, one after the other. */
  async #tryAddresses(signal: AbortSignal): Promise<void> {
    let failure: ParleyError | null = null;
    if (signal.aborted) return;
    for (const address of this.#addresses.round(this.#now)) {
      this.#events.tell("connecting", { address: address.name });
      try {
        const link = await Link.open(address, this.#setup, this, signal);
        if (signal.aborted) return void (await link.close());
        return this.#connected(link);
      } catch (error) {
        if (signal.aborted) return;
        failure = asParleyError(error, address.name);
        this.#owner.unlinked(failure);
        this.#events.tell("connect-failed", { address: address.name, error });
      }
    }
    this.#wait(failure);
  }

  #connected(link: Link): void {
    this.#links.add(link);
    this.#addresses.succeeded(link.address);
    this.#enter({ kind: "connected", link });
    this.#owner.linked(link);
    this.#events.tell("connected", { address: link.address.name, connection: link.connection });
  }

  /** Tries again after a delay. @param why null if every address was to be avoided, as only happens to who reconnects. */
  #wait(why: ParleyError | null): void {
    const backOff = this.#backOff;
    if (backOff === null) return this.#close(why as ParleyError);
    const now = this.#now;
    // A timer may be early by part of a millisecond.
    const availableInMs = Math.ceil(this.#addresses.availableAt(now) - now) + 1;
    const delayMs = Math.max(backOff.next(), availableInMs);
    const cancel = this.#setup.clock.after(delayMs, () => this.#connect("connecting"));
    this.#enter({ kind: "waiting", cancel });
    if (why !== null) this.#owner.unlinked(why);
    this.#events.tell("reconnecting", { delayMs, attempt: backOff.failures });
  }

  #close(error: ParleyError): void {
    const phase = this.#phase;
    if (phase.kind === "closed") return;
    this.#enter({ kind: "closed", error });
    if (phase.kind === "waiting") phase.cancel();
    else if (phase.kind === "connecting" || phase.kind === "draining") phase.abort.abort();
    this.#owner.closed(error);
  }

  /** @throws Error if the table of states has no such step: that would be a fault of ours. */
  #enter(phase: Phase): void {
    const previous = this.#phase.kind;
    if (!clientTransitions[previous].includes(phase.kind))
      throw new Error(`A client cannot go from ${previous} to ${phase.kind}.`);
    this.#phase = phase;
    this.#events.tell("state", { state: phase.kind, previous });
  }
}
/** A dial of another kind may reject with anything. */
function asParleyError(error: unknown, address: string): ParleyError {
  if (error instanceof ParleyError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new ParleyError("connect-failed", `No connection to ${address}: ${why}`, {
    blame: "remote",
    cause: error,
  });
}
