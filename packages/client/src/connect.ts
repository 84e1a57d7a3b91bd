import {
  type AnyHandler,
  type Clock,
  type Codec,
  type Connection,
  type ConnectionOptions,
  ConnectionSetup,
  connectionOptions,
  StreamConnection,
} from "@parley/core";
import { type Dial, type DialOptions, socketDial, systemClock } from "@parley/transport";

/**
 * How a connection is made and what its limits are. `holdBackWhenFull` is false by default here: a client that stopped
 * reading while it cannot write would, against a server that does the same, wait for ever.
 */
export interface ConnectOptions<In, Out = In, Data = unknown> extends DialOptions, ConnectionOptions {
  /** Who takes the messages. Default nobody yet: iterate over the connection, or hand it to `ordered`. */
  readonly handler?: AnyHandler<In, Out, Data> | undefined;
  /** Default the system's; tests pass their own. */
  readonly clock?: Clock | undefined;
}

let connections = 0;

/**
 * Makes a message connection to `where`: a URL such as `tcp://127.0.0.1:6666` or `unix:///run/echo.sock`, or a dial of
 * another kind. `signal` and `connectTimeoutMs` (default 5,000 ms) end the attempt, not the connection.
 * @throws ParleyError `bad-address`, `bad-option`, `connect-failed`, `connect-timeout`, `aborted`; all as a rejection.
 */
export async function connect<In, Out = In, Data = unknown>(
  where: string | Dial,
  codec: Codec<In, Out>,
  options: ConnectOptions<In, Out, Data> = {},
): Promise<Connection<In, Out, Data>> {
  const { connectTimeoutMs, signal, handler, clock = systemClock, ...given } = options;
  const limits = connectionOptions({
    holdBackWhenFull: false,
    idleTimeoutMs: Number.POSITIVE_INFINITY,
    ...given,
  });
  const dial = typeof where === "string" ? socketDial(where) : where;
  const stream = await dial({ connectTimeoutMs, signal });
  const setup = new ConnectionSetup<In, Out, Data>({ idPrefix: "d", codec, clock, options: limits });
  const connection = new StreamConnection(setup, stream, ++connections);
  connection.open();
  if (handler !== undefined) connection.handle(handler);
  return connection;
}
