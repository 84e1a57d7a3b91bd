import { createRequire } from "node:module";
import type { Server as NetServer, Socket } from "node:net";

/** A request or an answer, as it stands on the wire. */
export type JaysonMessage = Readonly<Record<string, unknown>>;

type Answered = (error: unknown, answer?: unknown) => void;

/** What jayson's clients are made with, beside where they connect to. */
export interface JaysonOptions {
  readonly version?: 1 | 2;
  readonly notificationIdNull?: boolean;
  readonly generator?: () => unknown;
}

interface JaysonClient {
  /** An id of null makes a notification; none, a UUID. */
  request(method: string, params: unknown, id: unknown, answered: Answered): void;
  /** Sends a batch, or a request that is ready made. */
  request(message: JaysonMessage | readonly JaysonMessage[], answered: Answered): void;
  on(event: "tcp socket", listener: (socket: Socket) => void): void;
}

interface JaysonServer {
  tcp(): NetServer;
}

/** What the tests use of jayson; its own types bring those of another version of Node along. */
export interface Jayson {
  readonly Server: new (
    methods: Readonly<Record<string, (params: never, done: Answered) => void>>,
  ) => JaysonServer;
  readonly Client: {
    tcp(options: JaysonOptions & { readonly port: number; readonly host: string }): JaysonClient;
  };
}

const require = createRequire(import.meta.url);
/** Speaks in values with nothing between them. */
export const jayson4 = require("jayson4") as Jayson;
/** Speaks in lines. */
export const jayson5 = require("jayson5") as Jayson;

/** A client of jayson's that has one connection for each call. */
export class JaysonCaller {
  /** The connections made so far. */
  readonly sockets: Socket[] = [];
  readonly #client: JaysonClient;

  constructor(jayson: Jayson, port: number, options: JaysonOptions = {}) {
    this.#client = jayson.Client.tcp({ port, host: "127.0.0.1", ...options });
    this.#client.on("tcp socket", (socket) => this.sockets.push(socket));
  }

  /** Resolves with the whole answer. */
  call(method: string, params?: unknown, id?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#client.request(method, params, id, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  /** Sends a batch, or a request as it is. */
  send(message: JaysonMessage | readonly JaysonMessage[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#client.request(message, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }
}
