import { type Cancel, type Clock, type Connection, checkInteger } from "@parley/core";
import { systemClock } from "@parley/transport";
import type { CommonMiddleware } from "./middleware.ts";
import { PerConnection } from "./per-connection.ts";
import { turnAway } from "./turn-away.ts";
import { wrap } from "./wrap.ts";

/** How a request timeout measures. */
export interface RequestTimeoutOptions {
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Closes a connection as `request-timeout` whose handler is not through with a message, or with `open`, within `ms`
 * milliseconds: the promise it has returned has not settled. What was sent by then still leaves. A callback cannot be broken
 * off: one that is to stop its work watches `connection.signal`, which aborts once the connection is closed. The time that a
 * middleware behind this one makes a message wait counts. Without a promise there is nothing to be late, and no cost.
 *
 *     pipe(lookup, requestTimeout(2_000))
 *
 * @param ms from 1.
 * @throws ParleyError `bad-option`.
 */
export function requestTimeout(
  ms: number,
  { clock = systemClock }: RequestTimeoutOptions = {},
): CommonMiddleware {
  checkInteger("ms", ms, 1, 0x7fff_ffff);
  return (next) => {
    const deadlines = new PerConnection(
      (connection: Connection<never>) =>
        new RequestDeadline(clock, ms, () =>
          turnAway(connection, { by: "local", kind: "request-timeout", afterMs: ms }),
        ),
    );
    const watch = (
      result: void | PromiseLike<void>,
      connection: Connection<never>,
    ): void | PromiseLike<void> => {
      if (typeof result?.then !== "function") return;
      const deadline = deadlines.of(connection);
      deadline.begin();
      return result.then(deadline.end, deadline.fail);
    };
    const { open } = next;
    return wrap(next, {
      ...(open === undefined
        ? {}
        : { open: (connection) => watch(open.call(next, connection), connection as Connection<never>) }),
      message(message, connection) {
        const result = next.message(message, connection);
        if (result !== undefined) return watch(result, connection as Connection<never>);
      },
      closing(connection, reason) {
        deadlines.end(connection)?.stop();
        next.closing?.(connection, reason);
      },
    });
  };
}

/** One connection's deadline, which moves with every message: its timer is set anew when it fires too early, not each time. */
class RequestDeadline {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #expire: () => void;
  /** When the message at work is late; Infinity while there is none. */
  #dueAt = Number.POSITIVE_INFINITY;
  #cancel: Cancel | null = null;
  readonly end = (): void => {
    this.#dueAt = Number.POSITIVE_INFINITY;
  };
  readonly fail = (error: unknown): never => {
    this.end();
    throw error;
  };
  readonly #fire = (): void => {
    this.#cancel = null;
    if (this.#dueAt === Number.POSITIVE_INFINITY) return;
    const leftMs = this.#dueAt - this.#clock.now();
    if (leftMs > 0) this.#cancel = this.#clock.after(leftMs, this.#fire);
    else this.#expire();
  };

  constructor(clock: Clock, ms: number, expire: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#expire = expire;
  }

  begin(): void {
    this.#dueAt = this.#clock.now() + this.#ms;
    this.#cancel ??= this.#clock.after(this.#ms, this.#fire);
  }

  stop(): void {
    this.#cancel?.();
    this.end();
  }
}
