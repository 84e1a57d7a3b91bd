import type { Connection } from "@parley/core";
import { type CallMiddleware, ConnectionChannel, rpcCodes, UnavailableError } from "@parley/rpc";

/** How many calls are being worked on, on all connections of a handler. */
export class CallLoad {
  running = 0;
  readonly #max: number;
  readonly #retryAfterMs: number;

  /** @param max how many there may be. */
  constructor(max: number, retryAfterMs: number) {
    this.#max = max;
    this.#retryAfterMs = retryAfterMs;
  }

  /** Turns calls away that are too many. To be the outermost: a call counts from when it has returned and is not through. */
  readonly limit: CallMiddleware<Connection<unknown>> = (params, _context, next) => {
    if (this.running < this.#max) return next(params);
    throw new UnavailableError(
      rpcCodes.overloaded,
      `The request was not started: overloaded: ${this.#max} requests of this server are in flight. Try again later.`,
      this.#retryAfterMs,
    );
  };
}

/** A connection as a channel that counts what is worked on for it. */
export class CountedChannel extends ConnectionChannel {
  readonly #load: CallLoad;

  constructor(connection: Connection<unknown>, load: CallLoad) {
    super(connection);
    this.#load = load;
  }

  override workBegun(): void {
    this.#load.running += 1;
    super.workBegun();
  }

  override workDone(): void {
    this.#load.running -= 1;
    super.workDone();
  }
}
