import { createRequire } from "node:module";
import type { Server as NetServer, Socket } from "node:net";
import { onTestFinished } from "vitest";

type Answered = (error: unknown, result?: unknown) => void;

/** One conversation of json-rpc2's, on either side. */
export interface JsonRpc2Connection {
  readonly conn: Socket;
  /** Parameters that are no array are wrapped into one. Without `answered` it is a notification, with an id of null. */
  call(method: string, params: unknown, answered?: Answered): void;
  end(): void;
}

interface JsonRpc2Endpoint {
  expose(
    method: string,
    run: (params: never, connection: JsonRpc2Connection, answer: Answered) => void,
  ): void;
}

interface JsonRpc2Client extends JsonRpc2Endpoint {
  connectSocket(connected: (error: unknown, connection: JsonRpc2Connection) => void): void;
}

interface JsonRpc2Server extends JsonRpc2Endpoint {
  listenRaw(port: number, host: string): NetServer;
}

/** What the tests use of json-rpc2, which has no types. */
interface JsonRpc2 {
  readonly Client: { $create(port: number, host: string): JsonRpc2Client };
  readonly Server: { $create(): JsonRpc2Server };
}

export const jsonRpc2 = createRequire(import.meta.url)("json-rpc2") as JsonRpc2;

/** Connects json-rpc2 to a server; its socket is closed after the test. */
export function connectJsonRpc2(
  port: number,
  client: JsonRpc2Client = jsonRpc2.Client.$create(port, "127.0.0.1"),
): Promise<JsonRpc2Connection> {
  return new Promise((resolve, reject) => {
    client.connectSocket((error, connection) => {
      if (error) return reject(error);
      onTestFinished(() => void connection.conn.destroy());
      resolve(connection);
    });
  });
}

/** Calls, and resolves with the result; rejects with the error as it came. */
export function callJsonRpc2(
  connection: JsonRpc2Connection,
  method: string,
  params: unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.call(method, params, (error, result) => (error ? reject(error) : resolve(result)));
  });
}
