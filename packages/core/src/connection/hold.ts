/** Why no message is being handed out, if none is. */
export type Hold =
  | "none"
  /** Nobody consumes yet. */
  | "consumer"
  /** The handler's promise has not settled. */
  | "handler"
  /** The iteration has not taken all messages of the last chunk. */
  | "iteration"
  /** The outbound buffer is full. */
  | "outbound"
  /** The connection is closing: whatever arrives is discarded. */
  | "stopped";
