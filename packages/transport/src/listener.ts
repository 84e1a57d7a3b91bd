import type { ByteStream } from "@parley/core";

/** Something that produces connections' byte streams. */
export interface Listener {
  /** Where it listens, as a URL with the real port. */
  readonly address: string;
  /** The URL that it was asked to listen at, as it was written; undefined where there was none. */
  readonly requested?: string | undefined;
  /** The number of the descriptor that it listens at, for a new process to inherit; undefined unless it is exactly one. */
  readonly descriptor?: number | undefined;
  /** Stops listening; streams that it has produced live on. Resolves once the address is free. */
  close(options?: ListenerCloseOptions): Promise<void>;
}

/** Options of a listener's `close`. */
export interface ListenerCloseOptions {
  /**
   * Another process goes on listening at the descriptor: what stands for the address, such as a socket file, is left to it, and
   * what was accepted and still shakes hands is not broken off: its streams come after the close. Default false.
   */
  readonly handedOver?: boolean | undefined;
}

/** Whom a listener hands what it accepts. */
export interface ListenerSink {
  accept(stream: ByteStream): void;
  /**
   * Asked for each connection that something is waited for before it becomes a stream: its TLS handshake, its PROXY header. Such a one takes a
   * descriptor as well; true has it reset at once. Default: none is.
   * @param descriptor its number; undefined where there is none.
   */
  turnsAway?(descriptor: number | undefined): boolean;
  /** Accepting failed, for one connection or for now; the listener goes on. */
  failed(error: Error): void;
}

/**
 * Begins to listen; resolves once it does. `again` is the address of an earlier listener of the same, now closed: what chose a
 * free port then takes the same one.
 */
export type Listen = (sink: ListenerSink, again?: string) => Promise<Listener>;
