import type { ParleyError } from "@parley/core";
import { rpcCodes, unavailableCodes } from "../codes.ts";
import type { SessionLimits } from "../session/session-options.ts";
import { Batch } from "./batch.ts";
import { Heartbeat, type HeartbeatHost } from "./heartbeat.ts";
import { IncomingCalls, type IncomingCallsHost } from "./incoming-calls.ts";
import { OutgoingCalls, type OutgoingCallsHost } from "./outgoing-calls.ts";
import { type GoAway, goAwayMessage, isObject, type WireObject, words } from "./wire.ts";

/** What an engine needs of the world, and tells it. */
export interface EngineHost extends OutgoingCallsHost, IncomingCallsHost, HeartbeatHost {
  send(message: WireObject | readonly WireObject[]): boolean;
  /** A notification has come that is none of the protocol's own. */
  notified(method: string, params: unknown): void;
  /** The other side takes no new requests. */
  goneAway(word: GoAway): void;
}

/**
 * JSON-RPC 2.0 and what Parley adds to it, for one connection: a machine that is given messages and the time, and
 * gives messages and events. It reads no clock, does no I/O and owns no timer: it is to be `tick`ed at the time
 * last answered, or asked for by `expect`.
 */
export class Engine {
  readonly outgoing: OutgoingCalls;
  readonly incoming: IncomingCalls;
  readonly #host: EngineHost;
  readonly #limits: SessionLimits;
  readonly #heartbeat: Heartbeat;

  /** @param pings whether the other side is known to understand `$/ping`. */
  constructor(host: EngineHost, limits: SessionLimits, pings: boolean) {
    this.#host = host;
    this.#limits = limits;
    this.outgoing = new OutgoingCalls(host, limits);
    this.incoming = new IncomingCalls(host, limits);
    this.#heartbeat = new Heartbeat(host, this.outgoing, limits.pingIntervalMs);
    if (pings && !limits.plain) this.#heartbeat.begin();
  }

  /** A message has come. Whatever it is, nothing is thrown. */
  receive(message: unknown): void {
    if (this.incoming.isClosed) return;
    if (Array.isArray(message)) this.#receiveBatch(message);
    else this.#receiveOne(message, null);
  }

  /** Takes no new requests any more, and says so. */
  drain(): void {
    if (!this.incoming.drain()) return;
    const { retryAfterMs } = this.#limits;
    const word = { code: rpcCodes.draining, message: "This side is draining.", retryAfterMs };
    try {
      this.#host.send(goAwayMessage(word));
    } catch {
      // It cannot be told any more: the close that is under way says as much.
    }
  }

  /** Looks at all deadlines; answers when to do so again. */
  tick(now: number): number {
    return Math.min(this.outgoing.sweep(now), this.incoming.sweep(now), this.#heartbeat.sweep(now));
  }

  /** The other side says nothing any more, and still hears. */
  remoteEnded(): void {
    this.#heartbeat.end();
    this.incoming.remoteEnded();
  }

  /** The connection is gone. */
  close(cause: ParleyError): void {
    this.#heartbeat.end();
    this.outgoing.close(cause);
    this.incoming.close();
  }

  #receiveBatch(messages: readonly unknown[]): void {
    const { maxBatch } = this.#limits;
    if (messages.length === 0) return this.incoming.refuse(null, null, "the batch is empty");
    if (messages.length > maxBatch) {
      const why = `the batch holds ${messages.length} messages, ${maxBatch} are allowed`;
      return this.incoming.refuse(null, null, why);
    }
    const batch = new Batch(
      (answers) => this.incoming.respondTogether(answers),
      (answers) => this.incoming.keepAnswers(answers),
    );
    for (const message of messages) this.#receiveOne(message, batch);
    batch.close();
  }

  #receiveOne(message: unknown, batch: Batch | null): void {
    if (!isObject(message)) return this.incoming.refuse(null, batch, "it is no object");
    const { method, id, jsonrpc, params, meta } = message as WireObject;
    if (typeof method !== "string") {
      // An answer is never answered, or two sides might go on for ever.
      if ("result" in message || "error" in message) return this.outgoing.answered(message);
      return this.incoming.refuse(id, batch, "it has no method");
    }
    if (id === undefined || (id === null && jsonrpc === undefined && this.#limits.lenient))
      return this.#notified(method, params);
    if (method === words.ping || isObject(meta)) this.#heartbeat.begin();
    this.incoming.request(message, batch);
  }

  #notified(method: string, params: unknown): void {
    if (!method.startsWith("$/")) return this.#host.notified(method, params);
    const { id, item, items } = (isObject(params) ? params : {}) as {
      id?: unknown;
      item?: unknown;
      items?: unknown;
    };
    switch (method) {
      case words.cancel:
        return this.incoming.cancel(id);
      case words.output:
        return this.outgoing.output(id, item);
      case words.outputCredit:
        return this.incoming.outputCredit(id, items);
      case words.input:
        return this.incoming.input(id, item);
      case words.inputEnd:
        return this.incoming.inputEnded(id);
      case words.inputCredit:
        return this.outgoing.inputCredit(id, items);
      case words.goAway: {
        const word = goAwayOf(params);
        this.outgoing.goAway(word);
        return this.#host.goneAway(word);
      }
    }
  }
}

/** What is missing or wrong in a goaway is filled in: it means the same. */
function goAwayOf(params: unknown): GoAway {
  const { code, message, retryAfterMs } = (isObject(params) ? params : {}) as {
    readonly [K in keyof GoAway]: unknown;
  };
  return {
    code: unavailableCodes.has(code as number) ? (code as number) : rpcCodes.draining,
    message: typeof message === "string" ? message : "It is going away.",
    retryAfterMs:
      typeof retryAfterMs === "number" && retryAfterMs >= 0 ? Math.min(retryAfterMs, 0x7fff_ffff) : 0,
  };
}
