import type { CloseReason, Connection } from "@parley/core";
import { EventEmitter } from "eventemitter3";
import type { DrainReport } from "./drain.ts";

// biome-ignore lint/suspicious/noExplicitAny: subscribers serve servers of any messages.
type AnyConnection = Connection<any, any, any>;

/** The one catalogue of what a server tells of itself: each event with its payload. */
export interface ServerEvents {
  /** It listens at one more address. */
  listening: [event: { readonly address: string }];
  /** A connection is served from now on. */
  serving: [event: { readonly connection: AnyConnection }];
  /** A connection waits in the backlog. */
  waiting: [event: { readonly connection: AnyConnection }];
  /** A connection is turned away: no place, waited too long, or the server drains. `waited`: it stood in the backlog. */
  refused: [
    event: { readonly connection: AnyConnection; readonly reason: CloseReason; readonly waited: boolean },
  ];
  /** A connection that was served, or was lost while it waited, is closed; its place is free. */
  closed: [event: { readonly connection: AnyConnection; readonly reason: CloseReason }];
  /** A handler threw, or its promise was rejected. */
  "handler-error": [event: { readonly connection: AnyConnection; readonly error: unknown }];
  /** A listener could not accept a connection. */
  "listener-error": [event: { readonly address: string; readonly error: Error }];
  /** A subscriber of this very catalogue threw. */
  "subscriber-error": [event: { readonly event: string; readonly error: unknown }];
  /** `close()` was called: it no longer listens. */
  draining: [event: { readonly graceMs: number }];
  /** Every connection is closed. */
  drained: [event: { readonly report: DrainReport }];
}

/** Emits the catalogue; what a subscriber throws ends up in `subscriber-error`, not in the server. */
export class ServerEmitter extends EventEmitter<ServerEvents> {
  /** Emits `event`; whoever throws keeps only the subscribers behind it from hearing of it. */
  tell<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E][0]): void {
    try {
      // @ts-expect-error: the library's argument types do not resolve for an event that is itself a type parameter.
      this.emit(event, payload);
    } catch (error) {
      if (event !== "subscriber-error") this.tell("subscriber-error", { event, error });
    }
  }
}
