/** Where a client stands; {@link clientTransitions} says how it gets from one to the next. */
export type ClientState =
  /** Nobody has asked for anything yet (only with `lazy`). */
  | "idle"
  /** A connection is being made: calls wait for it. */
  | "connecting"
  | "connected"
  /** The server takes no new calls: it finishes those it has, while a connection to the next address is made. */
  | "draining"
  /** No address could be reached, or the connection was lost: it is tried again after a delay. */
  | "waiting"
  /** `close()` was called, or the connection is gone and `reconnect` is false. */
  | "closed";

/** The table of states: what may follow each. */
export const clientTransitions: Readonly<Record<ClientState, readonly ClientState[]>> = Object.freeze({
  idle: ["connecting", "closed"],
  connecting: ["connected", "waiting", "closed"],
  connected: ["draining", "waiting", "closed"],
  draining: ["connected", "waiting", "closed"],
  waiting: ["connecting", "closed"],
  closed: [],
});
