import { type Connection, StreamConnection } from "@parley/core";
import type { WireForm } from "../contract/compiled-contract.ts";
import type { MessageChannel } from "./message-channel.ts";

/** A connection as what carries a session's messages. */
export class ConnectionChannel implements MessageChannel {
  readonly form: WireForm;
  readonly #connection: Connection<unknown>;

  constructor(connection: Connection<unknown>) {
    this.#connection = connection;
    this.form = connection.codec.message.id === "msgpack" ? "msgpack" : "json";
  }

  get heard(): number {
    return this.#connection.counters.bytesIn;
  }

  get messageBytes(): number {
    return this.#connection instanceof StreamConnection ? this.#connection.messageBytes : 0;
  }

  send(message: unknown): boolean {
    return this.#connection.send(message);
  }

  writable(): Promise<void> {
    return this.#connection.writable();
  }

  workBegun(): void {
    this.#connection.workBegun();
  }

  workDone(): void {
    this.#connection.workDone();
  }
}
