import {
  ClosedError,
  type CloseReason,
  type Connection,
  type Handler,
  type StreamConnection,
} from "@parley/core";
import { type CallFailure, ConnectionChannel, type GoAway, RpcSession, type Service } from "@parley/rpc";
import { connect } from "../connect.ts";
import type { ServerAddress } from "./address-list.ts";
import type { ClientSetup } from "./client-options.ts";

/** Who made a link, and wants to know what comes of it. */
export interface LinkOwner {
  /** What the server may call. */
  readonly service: Service;
  /** An event has come. */
  notified(link: Link, event: string, payload: unknown): void;
  /** The server takes no new calls on it. */
  goneAway(link: Link, word: GoAway): void;
  callFailed(failure: CallFailure): void;
  /** It is over: what was pending on it has been rejected. Once. */
  lost(link: Link, reason: CloseReason): void;
}

/** One connection of a client, and the session on it. */
export class Link implements Handler<unknown> {
  readonly address: ServerAddress;
  /** On the client's clock. */
  readonly openedAt: number;
  readonly #setup: ClientSetup;
  readonly #owner: LinkOwner;
  #connection!: Connection<unknown>;
  #session!: RpcSession;
  #channel!: ConnectionChannel;
  /** Whether it ends as soon as nothing is pending on it. */
  #isLeaving = false;
  #ended: ClosedError | null = null;

  private constructor(address: ServerAddress, setup: ClientSetup, owner: LinkOwner) {
    this.address = address;
    this.openedAt = setup.clock.now();
    this.#setup = setup;
    this.#owner = owner;
  }

  /** Connects to `address`. @throws what `connect` does, and ClosedError, as a rejection. */
  static async open(
    address: ServerAddress,
    setup: ClientSetup,
    owner: LinkOwner,
    signal: AbortSignal,
  ): Promise<Link> {
    const { codec, clock, connectTimeoutMs, connection } = setup;
    const link = new Link(address, setup, owner);
    await connect(address.dial, codec, { ...connection, clock, connectTimeoutMs, signal, handler: link });
    if (link.#ended !== null) throw link.#ended;
    return link;
  }

  get connection(): Connection<unknown> {
    return this.#connection;
  }

  get session(): RpcSession {
    return this.#session;
  }

  get channel(): ConnectionChannel {
    return this.#channel;
  }

  /** Takes no new calls, and ends as soon as none is pending. */
  leave(): void {
    this.#isLeaving = true;
    this.#endIfIdle();
  }

  /** Ends now, gracefully; what is pending rejects at once. Never rejects itself. */
  close(): Promise<CloseReason> {
    return this.#connection.close();
  }

  open(connection: Connection<unknown>): void {
    this.#connection = connection;
    this.#channel = new ConnectionChannel(connection);
    this.#session = new RpcSession({
      channel: this.#channel,
      clock: this.#setup.clock,
      limits: this.#setup.session,
      name: connection.id,
      connection,
      service: this.#owner.service,
      pings: true,
      observer: {
        notified: (event, payload) => this.#owner.notified(this, event, payload),
        goneAway: (word) => this.#owner.goneAway(this, word),
        callFailed: (failure) => this.#owner.callFailed(failure),
        unresponsive: (afterMs) => this.#destroy({ by: "local", kind: "unresponsive", afterMs }),
        malformed: (why) => this.#destroy({ by: "local", kind: "malformed", why }),
      },
    });
  }

  message(message: unknown): void | Promise<void> {
    this.#session.receive(message);
    if (this.#isLeaving) this.#endIfIdle();
    return this.#session.room;
  }

  /** Whoever has sent its FIN answers nothing any more. */
  ended(connection: Connection<unknown>): void {
    (connection as StreamConnection<unknown>).leave({ by: "remote", kind: "ended" });
  }

  closing(_: Connection<unknown>, reason: CloseReason): void {
    this.#ended = new ClosedError(reason);
    this.#session.close(this.#ended);
    this.#owner.lost(this, reason);
  }

  #endIfIdle(): void {
    if (this.#session.pending === 0 && this.#session.working === 0) void this.close();
  }

  #destroy(reason: CloseReason): void {
    (this.#connection as StreamConnection<unknown>).destroy(reason);
  }
}
