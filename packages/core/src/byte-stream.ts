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

/** Who the other side has proved to be by a certificate. */
export interface CertificateIdentity {
  /** The certificate's subject, one `NAME=value` a line, as OpenSSL writes it. */
  readonly subject: string;
  /** Its alternative names as in `DNS:a.example, IP Address:127.0.0.1` (RFC 5280 section 4.2.1.6); empty if it has none. */
  readonly altNames: string;
  /** The SHA-256 of the certificate, as `AB:CD:…`. */
  readonly fingerprint256: string;
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
  /** The other side's identity; undefined unless the transport asked for a certificate and trusts it. */
  readonly identity?: CertificateIdentity | undefined;
  /** The application protocol that the transport agreed on (ALPN, RFC 7301), if any. */
  readonly protocol?: string | undefined;
  /** The number of its descriptor, where the system has such: the lowest that was free when it came. */
  readonly descriptor?: number | undefined;
  /** Bytes of the write it holds on to that have not left yet; undefined where it cannot tell. */
  readonly unsentBytes?: number | undefined;
  /**
   * Whether it carries datagrams: each is written and received as one frame of `lengthPrefix()`, whatever the codec's own
   * framing is, since a datagram is a frame already. Default false.
   */
  readonly datagrams?: boolean | undefined;
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
