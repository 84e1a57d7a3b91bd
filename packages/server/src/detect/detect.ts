import {
  type AnyHandler,
  bytes,
  type Cancel,
  type Clock,
  type CloseReason,
  type Codec,
  type Connection,
  checkInteger,
  codec,
  type ForeignProtocol,
  foreignProtocols,
  type Handler,
  ParleyError,
  raw,
  type StreamConnection,
} from "@parley/core";
import { systemClock } from "@parley/transport";
import { farewells } from "./farewells.ts";
import type { Match } from "./match.ts";

/** One of the protocols that a port speaks. */
// biome-ignore lint/suspicious/noExplicitAny: candidates have messages of their own each.
export interface Protocol<In = any, Out = any, Data = any> {
  readonly codec: Codec<In, Out>;
  /** Default the common one. */
  readonly handler?: AnyHandler<In, Out, Data>;
}

/** A protocol, and how its clients begin. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export interface Candidate<In = any, Out = any, Data = any> extends Protocol<In, Out, Data> {
  readonly match: Match;
}

export interface DetectOptions {
  /** Tried in this order; the first that does not say `no` has the last word. */
  readonly candidates: readonly Candidate[];
  /** Serves every candidate that has no handler of its own. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly handler?: AnyHandler<any, any, any>;
  /** For who is none of the candidates, or says nothing in time. Default nothing: the connection is closed. */
  readonly fallback?: Protocol;
  /** How long a client may take to say enough. Default 5,000 ms. */
  readonly deadlineMs?: number;
  /** Default the system's. */
  readonly clock?: Clock;
}

/** What `createServer` needs to serve several protocols at one port. */
export interface Detection {
  readonly codec: Codec<Uint8Array>;
  readonly handler: Handler<Uint8Array>;
}

const defaultDeadlineMs = 5_000;
/** With so many bytes a match that still wants more is given up. */
const maxLookedAt = 8 * 1024;
const rawBytes: Codec<Uint8Array> = codec(raw(), bytes());

/**
 * Several protocols at one port, told apart by the first bytes of each connection, all of which the protocol's own codec then
 * reads: `createServer({ ...detect({ candidates }), … })`. HTTP, TLS and SSH are recognised before all candidates, told in their own
 * terms that they are wrong here, and closed as malformed with a reason that names them.
 * @throws ParleyError `bad-option`.
 */
export function detect(options: DetectOptions): Detection {
  const { candidates, fallback, deadlineMs = defaultDeadlineMs } = options;
  checkInteger("deadlineMs", deadlineMs, 1, 0x7fff_ffff);
  for (const protocol of fallback === undefined ? candidates : [...candidates, fallback])
    handlerOf(protocol, options);
  return { codec: rawBytes, handler: new Detector(options, deadlineMs) };
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function handlerOf(protocol: Protocol, options: DetectOptions): AnyHandler<any, any, any> {
  const handler = protocol.handler ?? options.handler;
  if (handler !== undefined) return handler;
  throw new ParleyError(
    "bad-option",
    `${protocol.codec.id} has no handler; give it one, or detect() a common one.`,
  );
}

/** What has come of a connection whose protocol is not known yet. */
interface Undecided {
  bytes: Uint8Array;
  readonly cancel: Cancel;
}

class Detector implements Handler<Uint8Array> {
  readonly #options: DetectOptions;
  readonly #deadlineMs: number;
  readonly #undecided = new WeakMap<object, Undecided>();

  constructor(options: DetectOptions, deadlineMs: number) {
    this.#options = options;
    this.#deadlineMs = deadlineMs;
  }

  open(connection: Connection<Uint8Array>): void {
    const { clock = systemClock } = this.#options;
    const cancel = clock.after(this.#deadlineMs, () => this.#expire(connection));
    this.#undecided.set(connection, { bytes: new Uint8Array(), cancel });
  }

  message(chunk: Uint8Array, connection: Connection<Uint8Array>): void {
    const undecided = this.#undecided.get(connection) as Undecided;
    undecided.bytes = Buffer.concat([undecided.bytes, chunk]);
    this.#decide(connection, undecided.bytes, undecided.bytes.length >= maxLookedAt);
  }

  ended(connection: Connection<Uint8Array>): void {
    const { bytes } = this.#undecided.get(connection) as Undecided;
    if (bytes.length === 0) connection.end();
    else this.#decide(connection, bytes, true);
  }

  closed(connection: Connection<Uint8Array>): void {
    this.#undecided.get(connection)?.cancel();
  }

  #expire(connection: Connection<Uint8Array>): void {
    const { bytes } = this.#undecided.get(connection) as Undecided;
    if (bytes.length > 0) this.#decide(connection, bytes, true);
    else this.#fallBack(connection, { by: "local", kind: "undetected", afterMs: this.#deadlineMs });
  }

  /** @param isAll whether no match may ask for more. */
  #decide(connection: Connection<Uint8Array>, bytes: Uint8Array, isAll: boolean): void {
    for (const name of Object.keys(foreignProtocols) as ForeignProtocol[]) {
      const result = foreignProtocols[name](bytes);
      if (result === "yes") {
        const why = `The client speaks ${name}, which this port does not.`;
        return this.#turnAway(connection, { by: "local", kind: "malformed", why }, farewells[name]);
      }
      if (result === "more" && !isAll) return;
    }
    let possible: Candidate | undefined;
    for (const candidate of this.#options.candidates) {
      const result = candidate.match(bytes);
      if (result === "yes") return this.#become(connection, candidate);
      if (result === "more" && !isAll) return;
      if (result === "more") possible ??= candidate;
    }
    if (possible !== undefined) return this.#become(connection, possible);
    this.#fallBack(connection, {
      by: "local",
      kind: "malformed",
      why: "The client speaks none of the protocols that this port does.",
    });
  }

  #fallBack(connection: Connection<Uint8Array>, reason: CloseReason): void {
    const { fallback } = this.#options;
    if (fallback === undefined) this.#turnAway(connection, reason, new Uint8Array());
    else this.#become(connection, fallback);
  }

  #become(connection: Connection<Uint8Array>, protocol: Protocol): void {
    const { bytes, cancel } = this.#undecided.get(connection) as Undecided;
    cancel();
    this.#undecided.delete(connection);
    connection.switchCodec(protocol.codec, handlerOf(protocol, this.#options), bytes);
  }

  #turnAway(connection: Connection<Uint8Array>, reason: CloseReason, farewell: Uint8Array): void {
    const word = { codecId: rawBytes.id, bytes: farewell, messages: 1 };
    (connection as StreamConnection<Uint8Array>).refuse(reason, word);
  }
}
