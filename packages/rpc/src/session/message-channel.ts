import type { WireForm } from "../contract/compiled-contract.ts";

/** What carries a session's messages: a connection, or a WebSocket. */
export interface MessageChannel {
  /** How values stand in its messages. */
  readonly form: WireForm;
  /** Grows with every sign of life: bytes received, for example. */
  readonly heard: number;
  /** How many bytes the message has that is being received; 0 where that is not known. */
  readonly messageBytes: number;
  /** Queues a message; false: pause until `writable()`. @throws ParleyError if it cannot be sent. */
  send(message: unknown): boolean;
  /** Resolves when more may be sent; rejects when the channel is closed. */
  writable(): Promise<void>;
  /** A request is being worked on, until the `workDone` that belongs to it. */
  workBegun(): void;
  workDone(): void;
}
