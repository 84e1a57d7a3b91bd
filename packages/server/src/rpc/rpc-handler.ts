import {
  ClosedError,
  type CloseReason,
  type Connection,
  type Handler,
  mayWrite,
  ParleyError,
  StreamConnection,
} from "@parley/core";
import {
  type Caller,
  type CallFailure,
  type Contract,
  caller,
  compiled,
  type EventName,
  RecentKeys,
  RpcSession,
  type Service,
  type SessionObserver,
  type Signature,
} from "@parley/rpc";
import { systemClock } from "@parley/transport";
import { AcceptedConnection } from "../accepted-connection.ts";
import { turnAway } from "../middleware/turn-away.ts";
import { type CallLoad, CountedChannel } from "./call-load.ts";
import { EventMessage } from "./event-message.ts";
import type { ServeSetup } from "./serve-options.ts";

/** A contract being served: the handler that `serve` returns. Knows its connections, and reaches them. */
export class RpcHandler<S extends Signature = Signature> implements Handler<unknown> {
  readonly contract: Contract<S>;
  readonly setup: ServeSetup;
  readonly #service: Service;
  readonly #load: CallLoad;
  readonly #sessions = new Map<Connection<unknown>, RpcSession>();
  /** Made with the first connection, since time is its server's. */
  #keys: RecentKeys | null = null;

  constructor(contract: Contract<S>, served: Service, load: CallLoad, setup: ServeSetup) {
    this.contract = contract;
    this.setup = setup;
    this.#service = served;
    this.#load = load;
  }

  /**
   * Sends an event to every connection that has subscribed to it, the payload checked and encoded once; returns how many
   * that were. One that does not read is closed as a slow consumer, as with all that is sent.
   * @throws MismatchError; FrameTooLongError; ParleyError `bad-option` for an event that the contract does not have.
   */
  emit<E extends EventName<S>>(event: E, payload: S["events"][E]["given"]): number {
    const { name, events } = compiled(this.contract);
    const check = events.get(event);
    if (check === undefined)
      throw new ParleyError("bad-option", `The contract ${name} has no event ${event}.`);
    const message = new EventMessage(event, check, payload);
    let count = 0;
    for (const [connection, session] of this.#sessions) {
      if (!session.wants(event) || !mayWrite(connection.state)) continue;
      connection.sendEncoded(message.in(connection.codec, session.form));
      count += 1;
    }
    return count;
  }

  /**
   * Calls what the client of `connection` implements.
   * @throws ParleyError `closed` if the connection is not served here, or no longer.
   */
  caller<T extends Signature>(connection: Connection<unknown>, contract: Contract<T>): Caller<T> {
    const session = this.#sessions.get(connection);
    if (session !== undefined) return caller(contract, session);
    throw new ParleyError(
      "closed",
      `${connection.id} is not served by this handler, or no longer; call while it is connected.`,
    );
  }

  open(connection: Connection<unknown>): void {
    const { clock } = serverOf(connection) ?? { clock: systemClock };
    const keys = this.#keys ?? new RecentKeys(this.setup, () => clock.now());
    this.#keys = keys;
    const session = new RpcSession({
      channel: new CountedChannel(connection, this.#load),
      clock,
      limits: this.setup.session,
      name: connection.id,
      connection,
      service: this.#service,
      keys,
      principal: this.setup.principal(connection),
      pings: false,
      observer: new ConnectionOfSession(connection),
    });
    this.#sessions.set(connection, session);
  }

  message(message: unknown, connection: Connection<unknown>): void | Promise<void> {
    const session = this.#sessions.get(connection);
    // A middleware may have kept the message until the connection was closed.
    if (session === undefined) return;
    session.receive(message);
    return session.room;
  }

  /** What is worked on is still answered. */
  ended(connection: Connection<unknown>): void {
    const session = this.#sessions.get(connection);
    session?.remoteEnded();
    if (session === undefined || session.working === 0) void connection.close();
  }

  drain(connection: Connection<unknown>): void {
    this.#sessions.get(connection)?.drain();
  }

  closing(connection: Connection<unknown>, reason: CloseReason): void {
    const session = this.#sessions.get(connection);
    this.#sessions.delete(connection);
    session?.close(new ClosedError(reason));
  }
}

/** What a session tells, done to its connection. */
class ConnectionOfSession implements SessionObserver {
  readonly #connection: Connection<unknown>;

  constructor(connection: Connection<unknown>) {
    this.#connection = connection;
  }

  idle(): void {
    if (this.#connection.state === "remote-ended") void this.#connection.close();
  }

  malformed(why: string): void {
    turnAway(this.#connection, { by: "local", kind: "malformed", why });
  }

  unresponsive(afterMs: number): void {
    if (this.#connection instanceof StreamConnection)
      this.#connection.destroy({ by: "local", kind: "unresponsive", afterMs });
    else this.#connection.destroy();
  }

  callFailed(failure: CallFailure): void {
    serverOf(this.#connection)?.events.tell("call-failed", { connection: this.#connection, ...failure });
  }
}

/** The server that has accepted a connection; null for one that was made otherwise. */
function serverOf(
  connection: Connection<unknown>,
): AcceptedConnection<unknown, unknown, unknown>["server"] | null {
  return connection instanceof AcceptedConnection ? connection.server : null;
}
