import { OutgoingCall } from "./outgoing-call.ts";
import type { OutgoingCalls } from "./outgoing-calls.ts";
import { words } from "./wire.ts";

/** What a heartbeat needs of the world. */
export interface HeartbeatHost {
  /** Grows with every sign of life. */
  readonly heard: number;
  now(): number;
  /** There is something to be looked at then. */
  expect(deadline: number): void;
  /** The other side has given no sign of life for so long. */
  unresponsive(afterMs: number): void;
}

/** Any answer, an error too, is heard; the answer itself says nothing. */
class Ping extends OutgoingCall {
  resolve(): void {}
  reject(): void {}
}

/**
 * Asks the other side for a sign of life after a silence, and gives it up when the silence has lasted twice as
 * long. It looks twice in an interval and dates a silence back to the look before, so that nobody who vanished
 * stays for longer than two intervals. While the process was held up nothing could be heard: that time is no
 * silence.
 */
export class Heartbeat {
  readonly #host: HeartbeatHost;
  readonly #outgoing: OutgoingCalls;
  readonly #intervalMs: number;
  #state: "off" | "listening" | "asking" | "ended" = "off";
  #heard = 0;
  #lookedAt = 0;
  #silentSince = 0;

  constructor(host: HeartbeatHost, outgoing: OutgoingCalls, intervalMs: number) {
    this.#host = host;
    this.#outgoing = outgoing;
    this.#intervalMs = intervalMs;
  }

  /** The other side understands a ping. */
  begin(): void {
    if (this.#state !== "off" || this.#intervalMs === Number.POSITIVE_INFINITY) return;
    this.#state = "listening";
    this.#heard = this.#host.heard;
    this.#lookedAt = this.#silentSince = this.#host.now();
    this.#host.expect(this.#lookedAt + this.#intervalMs / 2);
  }

  end(): void {
    this.#state = "ended";
  }

  /** Asks or gives up if it is time to; answers when to look again. */
  sweep(now: number): number {
    if (this.#state === "off" || this.#state === "ended") return Number.POSITIVE_INFINITY;
    if (this.#host.heard !== this.#heard) {
      this.#heard = this.#host.heard;
      this.#silentSince = this.#lookedAt;
      this.#state = "listening";
    }
    const heldUpMs = now - this.#lookedAt - this.#intervalMs / 2;
    if (heldUpMs > this.#intervalMs / 2) this.#silentSince += heldUpMs;
    this.#lookedAt = now;
    const silentMs = now - this.#silentSince;
    if (silentMs >= 2 * this.#intervalMs) {
      this.#state = "ended";
      this.#host.unresponsive(silentMs);
      return Number.POSITIVE_INFINITY;
    }
    if (silentMs >= this.#intervalMs && this.#state === "listening") {
      this.#state = "asking";
      this.#outgoing.beginAtOnce(
        new Ping(words.ping, undefined, this.#intervalMs, now + this.#intervalMs, null),
      );
    }
    return Math.min(now + this.#intervalMs / 2, this.#silentSince + 2 * this.#intervalMs);
  }
}
