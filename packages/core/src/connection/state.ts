/** Where a connection stands in its life; {@link transitions} says how it gets from one to the next. */
export type ConnectionState =
  /** Dialling, or shaking hands. */
  | "opening"
  /** In the backlog. */
  | "waiting"
  /** Both sides may speak. */
  | "open"
  /** They have sent their FIN: what is pending is answered, then ours follows. */
  | "remote-ended"
  /** We have sent our FIN by `end()`, and go on reading. */
  | "local-ended"
  /** Told to finish what is in flight. */
  | "draining"
  /** Flushing, our FIN behind it; what still arrives is discarded. */
  | "closing"
  | "closed";

/** The table of states: what may follow each. */
export const transitions: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = Object.freeze({
  opening: ["waiting", "open", "closing", "closed"],
  waiting: ["open", "closing", "closed"],
  open: ["remote-ended", "local-ended", "draining", "closing", "closed"],
  "remote-ended": ["closing", "closed"],
  "local-ended": ["closing", "closed"],
  draining: ["remote-ended", "closing", "closed"],
  closing: ["closed"],
  closed: [],
});

/** In which states messages may be sent. */
export function mayWrite(state: ConnectionState): boolean {
  return state === "open" || state === "remote-ended" || state === "draining";
}
