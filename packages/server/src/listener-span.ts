/** One listener of a server from its beginning to its end, as events and `info()` tell of it. */
export interface ListenerSpan {
  /** Unique among the listeners of one server. */
  readonly id: string;
  /** Where it listens, as a URL with the real port. */
  readonly address: string;
  /** Connections it has accepted so far, refused ones included. */
  accepted: number;
}
