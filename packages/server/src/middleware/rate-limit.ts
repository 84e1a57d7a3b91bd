import { type Cancel, type CloseReason, type Connection, StreamConnection } from "@parley/core";
import { TokenBucket } from "../token-bucket.ts";
import type { CommonMiddleware } from "./middleware.ts";
import { OncePerTurn } from "./once-per-turn.ts";
import { PerConnection } from "./per-connection.ts";
import { type RateLimitOptions, type RateLimits, rateLimits } from "./rate-limit-options.ts";
import { isLeaving, turnAway } from "./turn-away.ts";
import { wrap } from "./wrap.ts";

/**
 * Limits how many messages, and how many bytes, each connection may send a second: a token bucket each. Bytes are counted
 * as they are received, so those read ahead of a message are counted with it. A message that waits keeps its connection busy in a
 * drain; one whose connection closes meanwhile is dropped.
 *
 *     pipe(echo(), rateLimit({ messagesPerSecond: 100, burst: 200 }))
 *
 * @throws ParleyError `bad-option`.
 */
export function rateLimit(options: RateLimitOptions): CommonMiddleware {
  const limits = rateLimits(options);
  return (next) => {
    const time = new OncePerTurn(limits.clock, () => limits.clock.now());
    const meters = new PerConnection((connection: Counted) => new Meter(limits, connection, time.value));
    return wrap(next, {
      message(message, connection) {
        const meter = meters.of(connection);
        const waitMs = meter.count(time.value);
        if (waitMs === 0) return next.message(message, connection);
        if (limits.onExceeded === "close") return turnAway(connection, meter.reason);
        return meter.wait(waitMs).then(() => {
          if (!isLeaving(connection)) return next.message(message, connection);
        });
      },
      closing(connection, reason) {
        meters.end(connection)?.stop();
        next.closing?.(connection, reason);
      },
    });
  };
}

type Counted = Pick<Connection<never>, "counters">;

/** Where it is said what one connection has received, without an object of all its counters a message (`echo-pipelined`, guarded). */
function receivedBy(connection: Counted): { readonly bytesIn: number } {
  if (connection instanceof StreamConnection) return connection;
  return {
    get bytesIn() {
      return connection.counters.bytesIn;
    },
  };
}

/** What one connection has sent, and the message of it that waits. */
class Meter {
  /** Why the connection is closed, if it is. */
  reason: CloseReason;
  readonly #limits: Readonly<RateLimits>;
  readonly #messages: TokenBucket | null;
  readonly #bytes: TokenBucket | null;
  readonly #received: { readonly bytesIn: number };
  #bytesIn = 0;
  #cancel: Cancel | null = null;
  #goOn: (() => void) | null = null;

  constructor(limits: Readonly<RateLimits>, connection: Counted, now: number) {
    const { messagesPerSecond, burst, bytesPerSecond, burstBytes } = limits;
    this.#limits = limits;
    this.#received = receivedBy(connection);
    this.#messages = Number.isFinite(messagesPerSecond)
      ? new TokenBucket(messagesPerSecond, burst, now)
      : null;
    this.#bytes = Number.isFinite(bytesPerSecond) ? new TokenBucket(bytesPerSecond, burstBytes, now) : null;
    this.reason = { by: "local", kind: "rate-limited", unit: "messages", perSecond: messagesPerSecond };
  }

  /** Counts a message; answers for how many milliseconds it is to wait. */
  count(now: number): number {
    const waitMs = this.#messages?.take(1, now) ?? 0;
    if (this.#bytes === null) return waitMs;
    const { bytesIn } = this.#received;
    if (bytesIn === this.#bytesIn && this.#bytes.isPaid(now)) return waitMs;
    const bytesWaitMs = this.#bytes.take(bytesIn - this.#bytesIn, now);
    this.#bytesIn = bytesIn;
    if (waitMs === 0 && bytesWaitMs > 0) {
      const { bytesPerSecond: perSecond } = this.#limits;
      this.reason = { by: "local", kind: "rate-limited", unit: "bytes", perSecond };
    }
    return Math.max(waitMs, bytesWaitMs);
  }

  wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#goOn = resolve;
      this.#cancel = this.#limits.clock.after(Math.min(waitMs, 0x7fff_ffff), resolve);
    });
  }

  /** The connection is closing: nothing waits any more. */
  stop(): void {
    this.#cancel?.();
    this.#goOn?.();
  }
}
