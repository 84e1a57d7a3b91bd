import type { CloseReason } from "./close-reason.ts";

/** How a connection stands at a moment, as far as its deadlines are concerned. */
export interface Vitals {
  /** Bytes received so far. */
  readonly bytesIn: number;
  /** Bytes that the system has taken so far. */
  readonly bytesSent: number;
  /** Bytes that it has yet to take. */
  readonly unsentBytes: number;
  /** Messages received, and frames passed over, so far. */
  readonly frames: number;
  /** Whether part of a frame has been received. */
  readonly frameBegun: boolean;
  /** Whether bytes have come before anybody takes messages: nobody knows yet whether they make a frame. */
  readonly untaken: boolean;
  /** Whether it is this side that does not go on: a message is being handled, or held back. */
  readonly busy: boolean;
  /** Whether the other side can be asked for a sign of life. */
  readonly askable: boolean;
}

/** The limits in time of a connection that is served; Infinity for none. */
export interface DeadlineLimits {
  readonly idleTimeoutMs: number;
  readonly frameTimeoutMs: number;
  readonly firstMessageTimeoutMs: number;
  readonly writeStallMs: number;
  readonly heartbeatMs: number;
}

/** How long until the next look, in milliseconds; Infinity if there is no limit. */
export function lookEveryMs(limits: DeadlineLimits): number {
  const { idleTimeoutMs, frameTimeoutMs, firstMessageTimeoutMs, writeStallMs, heartbeatMs } = limits;
  return Math.min(idleTimeoutMs, frameTimeoutMs, firstMessageTimeoutMs, writeStallMs, heartbeatMs) / 4;
}

/**
 * A connection's deadlines, decided by looking at it now and then: so they cost nothing while messages pass. What counts is
 * bytes that come or go between two looks. It takes one look to see something begin and one to see it over: a deadline is met late by up to the time
 * between three of them, and never early.
 */
export class Deadlines {
  readonly #openedAt: number;
  #bytesIn = 0;
  /** When bytes were last seen to come. */
  #inAt: number;
  /** When the other side was last known to be there, or not to be asked. */
  #heardAt: number;
  #bytesSent = 0;
  /** When bytes were last seen to go, or none to wait. */
  #outAt: number;
  /** When anything at all was last seen to happen. */
  #activeAt: number;
  #frames = 0;
  /** Since when a frame is seen to be under way; null if none is. */
  #frameSince: number | null = null;
  #frameBegun = false;
  #asked = false;
  /** What the last look saw: if it is over now, it may have been until a moment ago; if it has begun, only just. */
  #busy = false;
  #askable = true;
  #unsent = false;

  /** @param now in whole milliseconds, here and below: they take less memory. */
  constructor(now: number) {
    this.#openedAt = now;
    this.#inAt = now;
    this.#heardAt = now;
    this.#outAt = now;
    this.#activeAt = now;
  }

  /** What is to be done now: nothing, ask for a sign of life, or close for that reason. */
  look(limits: DeadlineLimits, vitals: Vitals, now: number): CloseReason | "heartbeat" | null {
    this.see(vitals, now);
    return this.#late(limits, vitals, now) ?? this.#silent(limits, now);
  }

  /** Notes how it stands, without a verdict. */
  see(vitals: Vitals, now: number): void {
    const { bytesIn, bytesSent, unsentBytes, frames, frameBegun, untaken, busy, askable } = vitals;
    const received = bytesIn !== this.#bytesIn;
    const sent = bytesSent !== this.#bytesSent;
    if (received) this.#inAt = now;
    const worked = busy || this.#busy;
    if (received || worked || !askable || !this.#askable) {
      this.#heardAt = now;
      this.#asked = false;
    }
    if (sent || unsentBytes === 0 || !this.#unsent) this.#outAt = now;
    if (received || sent || worked) this.#activeAt = now;
    const begins = frameBegun && !this.#frameBegun;
    if (frames !== this.#frames || worked || begins) this.#frameSince = frameBegun ? now : null;
    else if (frameBegun || (received && !untaken)) this.#frameSince ??= now;
    this.#bytesIn = bytesIn;
    this.#bytesSent = bytesSent;
    this.#frames = frames;
    this.#frameBegun = frameBegun;
    this.#busy = busy;
    this.#askable = askable;
    this.#unsent = unsentBytes > 0;
  }

  #late(
    { frameTimeoutMs, firstMessageTimeoutMs, writeStallMs, idleTimeoutMs }: DeadlineLimits,
    { unsentBytes, frames, frameBegun, untaken, busy }: Vitals,
    now: number,
  ): CloseReason | null {
    if (unsentBytes > 0 && now - this.#outAt >= writeStallMs)
      return { by: "local", kind: "write-stall", afterMs: writeStallMs };
    // What has come without making a frame is one that is passed over, or blanks before one: late while more of it comes.
    const workedAt = frameBegun ? now : this.#inAt;
    if (this.#frameSince !== null && workedAt - this.#frameSince >= frameTimeoutMs)
      return { by: "local", kind: "frame-timeout", afterMs: frameTimeoutMs };
    if (frames === 0 && !untaken && !busy && now - this.#openedAt >= firstMessageTimeoutMs)
      return { by: "local", kind: "first-message-timeout", afterMs: firstMessageTimeoutMs };
    if (!frameBegun && unsentBytes === 0 && now - this.#activeAt >= idleTimeoutMs)
      return { by: "local", kind: "idle", afterMs: idleTimeoutMs };
    return null;
  }

  #silent({ heartbeatMs }: DeadlineLimits, now: number): CloseReason | "heartbeat" | null {
    const silentMs = now - this.#heardAt;
    if (silentMs >= 2 * heartbeatMs) return { by: "local", kind: "unresponsive", afterMs: 2 * heartbeatMs };
    if (silentMs < heartbeatMs || this.#asked) return null;
    this.#asked = true;
    return "heartbeat";
  }
}
