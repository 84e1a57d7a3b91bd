import type { CloseReason, Connection } from "@parley/core";
import { isPublished, publish } from "./diagnostics.ts";
import type { DrainReport } from "./drain.ts";
import { GuardedEmitter, type SubscriberErrors } from "./guarded-emitter.ts";

// biome-ignore lint/suspicious/noExplicitAny: subscribers serve servers of any messages.
type AnyConnection = Connection<any, any, any>;

/** What lies within a listener's span. A request's span lies within its connection's in turn, whose id its own begins with. */
interface InListener {
  /** The id of the listener that it came by. */
  readonly listener: string;
}

/** The one catalogue of what a server tells of itself: each event with its payload. Ids are unique within one server. */
export interface ServerEvents extends SubscriberErrors {
  /** It listens at one more address. */
  listening: [event: InListener & { readonly address: string }];
  /** It no longer listens at that address; connections that came by it live on. */
  "listening-ended": [event: InListener & { readonly address: string; readonly accepted: number }];
  /** A connection is served from now on. */
  serving: [event: InListener & { readonly connection: AnyConnection; readonly waitedMs: number }];
  /** A connection waits in the backlog. */
  waiting: [event: InListener & { readonly connection: AnyConnection }];
  /** A connection is turned away. `waited`: it stood in the backlog. */
  refused: [
    event: InListener & {
      readonly connection: AnyConnection;
      readonly reason: CloseReason;
      readonly waited: boolean;
    },
  ];
  /** A connection that was served, or was lost while it waited, is closed; its place is free. */
  closed: [
    event: InListener & {
      readonly connection: AnyConnection;
      readonly reason: CloseReason;
      /** From when it was accepted. */
      readonly ageMs: number;
    },
  ];
  /** The handler is called with a message (only with `requestEvents`). */
  "request-begun": [event: { readonly connection: AnyConnection; readonly request: string }];
  /** The handler is through with it, or has failed with `error` (only with `requestEvents`). */
  "request-ended": [
    event: {
      readonly connection: AnyConnection;
      readonly request: string;
      readonly durationMs: number;
      readonly error?: unknown;
    },
  ];
  /** A limit of the server as a whole turns connections away; told once until `limit-left`. */
  "limit-reached": [event: { readonly reason: CloseReason }];
  /** A connection may stay again. */
  "limit-left": [event: { readonly kind: CloseReason["kind"] }];
  /** A handler threw, or its promise was rejected. */
  "handler-error": [event: { readonly connection: AnyConnection; readonly error: unknown }];
  /** What a method of `serve` threw, and its caller was not told: it got `reference` alone, or nothing if it was a notification. */
  "call-failed": [
    event: {
      readonly connection: AnyConnection;
      readonly method: string;
      readonly reference: string | undefined;
      readonly error: unknown;
    },
  ];
  /** A listener could not accept a connection. */
  "listener-error": [event: { readonly address: string; readonly error: Error }];
  /** `suspend()` was called: it does not listen until `resume()`. */
  suspended: [event: { readonly addresses: readonly string[] }];
  /** Another process listens at the same now; this one drains. */
  "handed-over": [event: { readonly pid: number }];
  /** `close()` was called: it no longer listens. */
  draining: [event: { readonly graceMs: number }];
  /** Every connection is closed. */
  drained: [event: { readonly report: DrainReport }];
}

/** Emits the catalogue, at the diagnostics channels too. */
export class ServerEmitter extends GuardedEmitter<ServerEvents> {
  override tell<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E][0]): void {
    publish(event, payload);
    super.tell(event, payload);
  }

  override isHeard(event: keyof ServerEvents): boolean {
    return isPublished(event) || super.isHeard(event);
  }
}
