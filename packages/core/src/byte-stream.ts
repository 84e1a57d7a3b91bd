/** Who a {@link ByteStream} reports to. Called from the event loop, never from inside a call of the stream's own methods. */
export interface ByteStreamSink {
  /** Bytes that arrived. They are the receiver's: the stream does not touch them again. */
  received(bytes: Uint8Array): void;
  /** The other side's FIN: nothing more will arrive. */
  ended(): void;
  /** All that `write` was given has been taken. Comes once for every `write` that returned false. */
  drained(): void;
  /** The stream is gone. Comes once, last; with the error that ended it if one did. */
  closed(error?: Error): void;
}

/**
 * The port through which a connection meets the outside: an ordered, reliable stream of bytes, both ways, whose halves
 * end apart. Implemented by transport over sockets and by testkit in memory.
 */
export interface ByteStream {
  /** This side's address as a URL, `tcp://127.0.0.1:6666`. */
  readonly localAddress: string;
  /** The other side's address as a URL; `unix:` where it has none. */
  readonly remoteAddress: string;
  /** Names the sink and begins to read. Called once, before anything else. */
  open(sink: ByteStreamSink): void;
  /**
   * Sends bytes. True: they were taken at once and their buffer may be used again. False: the stream keeps them until
   * `drained`, and nothing may be written before that.
   */
  write(bytes: Uint8Array): boolean;
  /** Stops reading; at most one chunk still comes. */
  pause(): void;
  resume(): void;
  /** FIN behind what was written. */
  end(): void;
  /** Abortive end: what is unsent is lost, the other side sees a reset where the transport has one. */
  destroy(): void;
}
