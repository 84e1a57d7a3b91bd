import type { ByteStream } from "@parley/core";

/** Something that produces connections' byte streams. */
export interface Listener {
  /** Where it listens, as a URL with the real port. */
  readonly address: string;
  /** Stops listening; streams that it has produced live on. Resolves once the address is free. */
  close(): Promise<void>;
}

/** Whom a listener hands what it accepts. */
export interface ListenerSink {
  accept(stream: ByteStream): void;
  /** Accepting failed, for one connection or for now; the listener goes on. */
  failed(error: Error): void;
}

/**
 * Begins to listen; resolves once it does. `again` is the address of an earlier listener of the same, now closed: what chose a
 * free port then takes the same one.
 */
export type Listen = (sink: ListenerSink, again?: string) => Promise<Listener>;
