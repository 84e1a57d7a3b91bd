import {
  bytes,
  type Clock,
  type CloseReason,
  type Codec,
  type Connection,
  type ConnectionOptions,
  ConnectionSetup,
  codec,
  connectionOptions,
  type Handler,
  isOrderly,
  mayWrite,
  raw,
  StreamConnection,
} from "@parley/core";
import { type Dial, socketDial, systemClock } from "@parley/transport";

/** How the connections to the other address are made; beside it their limits. */
export interface ProxyOptions extends Omit<ConnectionOptions, "holdBackWhenFull"> {
  /** Default 5,000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

// What is sent on is copied into the other's buffer, so that the views need not outlive the callback.
const rawBytes: Codec<Uint8Array> = codec(raw(), bytes({ borrow: true }));

/**
 * Connects each client to another address, and carries everything over, both ways: bytes, with the back-pressure of
 * whoever does not read; a FIN, with the other direction going on; a reset. While the other address is dialled the client is read
 * ahead of; if that fails, so does the handler, with the dial's error. A drain ends a client as soon as nothing of theirs is
 * on its way.
 *
 *     createServer({
 *       codec: codec(raw(), bytes()),
 *       handler: proxy("tcp://10.0.0.7:6666"),
 *       holdBackWhenFull: false,       // a client that does not read for now may still send
 *     });
 *
 * @param to an address as `connect` takes it, or a dial. The codec of the server is `codec(raw(), bytes())`, views or not.
 * @throws ParleyError `bad-address`, `bad-option`.
 */
export function proxy(to: string | Dial, options: ProxyOptions = {}): Handler<Uint8Array> {
  const { connectTimeoutMs, clock = systemClock, ...given } = options;
  const limits = connectionOptions({
    idleTimeoutMs: Number.POSITIVE_INFINITY,
    ...given,
    holdBackWhenFull: false,
  });
  const setup = new ConnectionSetup<Uint8Array>({ idPrefix: "u", codec: rawBytes, clock, options: limits });
  let dialled = 0;
  const dial = typeof to === "string" ? socketDial(to) : to;
  const upstreams = new WeakMap<object, Connection<Uint8Array>>();
  return new Half(
    (connection) => upstreams.get(connection),
    async (connection) => {
      const { signal } = connection;
      try {
        const stream = await dial({ connectTimeoutMs, signal });
        if (!mayWrite(connection.state)) return stream.destroy();
        const upstream = new StreamConnection(setup, stream, ++dialled);
        upstreams.set(connection, upstream);
        upstream.open();
        upstream.handle(new Half(() => connection));
      } catch (error) {
        // Who has gone while it was dialled has not failed.
        if (mayWrite(connection.state)) throw error;
      }
    },
  );
}

type Other = (connection: Connection<Uint8Array>) => Connection<Uint8Array> | undefined;

/** One of the two directions: hands what happens to a connection on to the other one. */
class Half implements Handler<Uint8Array> {
  readonly open: NonNullable<Handler<Uint8Array>["open"]>;
  readonly #other: Other;

  constructor(other: Other, open: Half["open"] = () => {}) {
    this.#other = other;
    this.open = open;
  }

  message(chunk: Uint8Array, connection: Connection<Uint8Array>): void | Promise<void> {
    const other = this.#other(connection);
    if (other === undefined || !mayWrite(other.state)) return;
    // Encoded, as it may be longer than a frame of the other's may be.
    const encoded = { codecId: rawBytes.id, bytes: chunk, messages: 1 };
    if (!other.sendEncoded(encoded)) return other.writable();
  }

  ended(connection: Connection<Uint8Array>): void {
    const other = this.#other(connection);
    // If the other direction has ended already, this closes the other connection, whose `closing` then closes this one.
    (other ?? connection).end();
  }

  closing(connection: Connection<Uint8Array>, reason: CloseReason): void {
    const other = this.#other(connection);
    if (isOrderly(reason)) void other?.close();
    else other?.destroy();
  }

  /** What had begun in good order may have ended otherwise. */
  closed(connection: Connection<Uint8Array>, reason: CloseReason): void {
    this.closing(connection, reason);
  }
}
