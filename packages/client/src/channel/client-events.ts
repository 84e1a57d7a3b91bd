import type { CloseReason, Connection, ParleyError } from "@parley/core";
import type { MismatchError } from "@parley/rpc";
import { EventEmitter } from "eventemitter3";
import type { ClientState } from "./client-state.ts";

/** The one catalogue of what a client tells of itself: each event with its payload. Addresses are as they were given to it. */
export interface ClientEvents {
  /** It has gone from one state to another. */
  state: [event: { readonly state: ClientState; readonly previous: ClientState }];
  /** A connection to that address is being made. */
  connecting: [event: { readonly address: string }];
  /** It could not be made. */
  "connect-failed": [event: { readonly address: string; readonly error: unknown }];
  /** There is a connection: calls that waited are sent. */
  connected: [event: { readonly address: string; readonly connection: Connection<unknown> }];
  /** A connection is gone, and what was pending on it has been rejected. */
  disconnected: [
    event: { readonly address: string; readonly reason: CloseReason; readonly error: ParleyError },
  ];
  /** The addresses are tried again after a delay. `attempt` counts from 1 since the last connection that lasted. */
  reconnecting: [event: { readonly delayMs: number; readonly attempt: number }];
  /** The server takes no new calls on this connection. */
  goaway: [
    event: {
      readonly address: string;
      readonly code: number;
      readonly message: string;
      readonly retryAfterMs: number;
    },
  ];
  /** A call that failed with `error` is made again after a delay, if there is a connection then. `attempt` counts from 2. */
  retrying: [
    event: {
      readonly method: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly error: unknown;
    },
  ];
  /** The server sends these events from now on. */
  subscribed: [event: { readonly events: readonly string[] }];
  /** The server does not send these events: it has refused to, or did not answer. It is asked again on the next connection. */
  "subscription-failed": [event: { readonly events: readonly string[]; readonly error: unknown }];
  /** An event has come whose payload is not what the contract says; no listener hears of it. */
  "event-mismatch": [event: { readonly event: string; readonly error: MismatchError }];
  /** A notification that waited for a connection was not sent. */
  "notification-dropped": [event: { readonly name: string; readonly error: unknown }];
  /** What `implement` was given threw; the server was told no more than `reference`, and of a notification nothing. */
  "call-failed": [
    event: { readonly method: string; readonly error: unknown; readonly reference: string | undefined },
  ];
  /** A subscriber of one of these events, or a listener of one of the contract's, threw. */
  "subscriber-error": [event: { readonly event: string; readonly error: unknown }];
}

/**
 * Emits the catalogue, in order, at the end of the current turn's microtasks: so that whoever subscribes finds the client as it is, never
 * in the middle of a step. What a subscriber throws ends up in `subscriber-error`.
 */
export class ClientEmitter extends EventEmitter<ClientEvents> {
  #untold: { readonly event: keyof ClientEvents; readonly payload: object }[] = [];

  /** Emits `event` soon; whoever throws keeps only the subscribers behind it from hearing of it. */
  tell<E extends keyof ClientEvents>(event: E, payload: ClientEvents[E][0]): void {
    if (this.#untold.push({ event, payload }) === 1) queueMicrotask(() => this.#emitAll());
  }

  #emitAll(): void {
    // What is told meanwhile is appended.
    for (const { event, payload } of this.#untold) {
      try {
        // The library's types do not resolve for an event that is not a literal.
        (this as unknown as EventEmitter).emit(event, payload);
      } catch (error) {
        if (event !== "subscriber-error") this.tell("subscriber-error", { event, error });
      }
    }
    this.#untold = [];
  }
}
