import type { CertificateIdentity } from "../byte-stream.ts";
import type { Codec, Encoded } from "../codec.ts";
import type { AnyHandler } from "../handler.ts";
import type { CloseReason } from "./close-reason.ts";
import type { ConnectionState } from "./state.ts";

/** What has passed through a connection so far. */
export interface ConnectionCounters {
  /** Bytes received, framing included. */
  readonly bytesIn: number;
  /** Bytes handed to the byte stream, framing included. */
  readonly bytesOut: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Bytes sent but not yet taken by the byte stream. */
  readonly bufferedBytes: number;
}

/** A connection as it is at one moment, as plain data. */
export interface ConnectionInfo {
  readonly id: string;
  readonly state: ConnectionState;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly identity: CertificateIdentity | undefined;
  readonly protocol: string | undefined;
  /** The id of the codec that is spoken now. */
  readonly codec: string;
  /** How long it exists. */
  readonly ageMs: number;
  /** Whether a message is being handled, or held back. */
  readonly busy: boolean;
  readonly counters: ConnectionCounters;
}

/**
 * One client's conversation, on either side. Iterating over it yields its messages in order, and ends with the other
 * side's FIN or an orderly close; any other end throws a `ClosedError`. Leaving the loop does not close the connection.
 */
export interface Connection<In, Out = In, Data = unknown> extends AsyncIterable<In> {
  /** For the handler's own use; undefined at first. */
  data: Data;
  /** Unique among the connections of one server or one process's clients. */
  readonly id: string;
  readonly state: ConnectionState;
  /** Aborts when the connection is closed, with the `ClosedError` as its reason. */
  readonly signal: AbortSignal;
  /** This side's address as a URL. */
  readonly localAddress: string;
  /** The other side's address as a URL. */
  readonly remoteAddress: string;
  /** Who the other side has proved to be; undefined unless the listener asked for a certificate and trusts it. */
  readonly identity: CertificateIdentity | undefined;
  /** The application protocol that a TLS handshake agreed on (ALPN), if any. */
  readonly protocol: string | undefined;
  /** What is spoken now; over datagrams each of them is a frame, whatever the framing that was asked for. */
  readonly codec: Codec<In, Out>;
  readonly counters: ConnectionCounters;
  info(): ConnectionInfo;
  /**
   * Queues a message; all that is queued within one turn of the event loop leaves in one write. False above the high
   * watermark: wait for `writable()`.
   * @throws ClosedError; FrameTooLongError; ParleyError `unencodable`. Then nothing was queued.
   */
  send(message: Out): boolean;
  /**
   * Queues what `encode` made, the same bytes for any number of connections.
   * @throws ClosedError; ParleyError `wrong-codec`.
   */
  sendEncoded(encoded: Encoded): boolean;
  /**
   * Speaks another codec from here on: for what is sent from now on, and for what arrives behind the message that was
   * taken last; not a byte is lost or read twice. To be called while a message is being handled, or between two of an
   * iteration. `handler` takes the messages from then on, in place of the one before, and is opened; `unread` are bytes to be
   * read (again) before all others. Returns this same connection, as one of the new messages.
   * @throws ParleyError `mid-frame`; `in-use` with a handler beside an iteration; ClosedError.
   */
  switchCodec<NewIn, NewOut = NewIn>(
    codec: Codec<NewIn, NewOut>,
    handler?: AnyHandler<NewIn, NewOut, Data>,
    unread?: Uint8Array,
  ): Connection<NewIn, NewOut, Data>;
  /** Resolves below the low watermark (at once if `send` would return true); rejects with ClosedError. */
  writable(): Promise<void>;
  /** Resolves once the kernel has taken all that was sent; rejects with ClosedError if it never will. */
  flushed(): Promise<void>;
  /**
   * Something is in progress that no callback's promise stands for, such as one of many requests that are worked on at once: until
   * the `workDone` that belongs to it the connection counts as busy: it is not idle, and a drain or the other side's FIN waits for it.
   */
  workBegun(): void;
  /** See `workBegun`. */
  workDone(): void;
  /** FIN behind what was sent; reading goes on. */
  end(): void;
  /** Graceful: flushes, sends FIN, discards what still arrives. Resolves once closed, and never rejects. */
  close(): Promise<CloseReason>;
  /** Abortive: drops what is unsent and resets the connection. */
  destroy(): void;
}
