import {
  ClosedError,
  type Codec,
  type ConnectionOptions,
  ConnectionSetup,
  connectionOptions,
  jsonLines,
  StreamConnection,
} from "@parley/core";
import { ConnectionChannel, RpcSession, type Service, sessionOptions } from "@parley/rpc";
import type { MemoryNetwork } from "@parley/testkit";
import { type Listener, systemClock } from "@parley/transport";

/** What a {@link SessionServer} is made of. */
export interface SessionServerParts {
  readonly network: MemoryNetwork;
  readonly name: string;
  readonly service: Service;
  readonly codec?: Codec<unknown>;
}

/** A server in a memory network that serves each connection by a session, and nothing besides. */
export class SessionServer {
  /** The sessions that were begun, in order. */
  readonly sessions: RpcSession[] = [];
  readonly #connections: StreamConnection<unknown>[] = [];
  readonly #setup: ConnectionSetup<unknown>;
  readonly #service: Service;
  #listener!: Listener;

  private constructor({ service, codec = jsonLines() }: SessionServerParts) {
    const options: ConnectionOptions = { idleTimeoutMs: Number.POSITIVE_INFINITY };
    this.#service = service;
    this.#setup = new ConnectionSetup<unknown>({
      idPrefix: "s",
      codec,
      clock: systemClock,
      options: connectionOptions(options),
    });
  }

  static async listen(parts: SessionServerParts): Promise<SessionServer> {
    const server = new SessionServer(parts);
    server.#listener = await parts.network.listener(parts.name)({
      accept: (stream) => server.#accept(new StreamConnection(server.#setup, stream, server.sessions.length)),
      failed: (error) => {
        throw error;
      },
    });
    return server;
  }

  /** Resets every connection, and listens no more. */
  async kill(): Promise<void> {
    await this.#listener.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #accept(connection: StreamConnection<unknown>): void {
    const session = new RpcSession({
      channel: new ConnectionChannel(connection),
      clock: systemClock,
      limits: sessionOptions(),
      name: connection.id,
      connection,
      service: this.#service,
      pings: false,
      observer: {},
    });
    this.sessions.push(session);
    this.#connections.push(connection);
    connection.open();
    connection.handle({
      message: (message) => session.receive(message),
      closing: (_, reason) => session.close(new ClosedError(reason)),
    });
  }
}
