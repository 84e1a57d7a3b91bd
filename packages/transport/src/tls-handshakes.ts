import type { Socket } from "node:net";
import type { Endpoints } from "./socket-stream.ts";

/** How a listener's handshakes have gone so far. */
export interface HandshakeCounters {
  /** Under way now. */
  readonly underWay: number;
  readonly completed: number;
  /** Broken off by either side. */
  readonly failed: number;
  /** Not through within `handshakeTimeoutMs`. */
  readonly timedOut: number;
  /** Reset at once, since `maxHandshakes` were under way. */
  readonly refused: number;
}

/** A connection that shakes hands, and whose it is. */
export interface Handshake<Owner> {
  readonly socket: Socket;
  /** Its endpoints, where they are not the socket's own. */
  readonly told: Endpoints | undefined;
  readonly owner: Owner;
}

type Outcome = "completed" | "failed" | "timedOut";

/**
 * The handshakes under way, each with its deadline. node:tls does not tell which socket a TLS socket stands on, so they are
 * found again by their two endpoints, which no two connections share.
 */
export class Handshakes<Owner> {
  readonly #timeoutMs: number;
  readonly #max: number;
  readonly #underWay = new Map<
    string,
    { readonly handshake: Handshake<Owner>; readonly timer: NodeJS.Timeout }
  >();
  readonly #counts = { completed: 0, failed: 0, timedOut: 0, refused: 0 };

  constructor(timeoutMs: number, max: number) {
    this.#timeoutMs = timeoutMs;
    this.#max = max;
  }

  get counters(): HandshakeCounters {
    return { underWay: this.#underWay.size, ...this.#counts };
  }

  /** Takes a place, or resets the socket if there is none. `failed` is told why it does not come through. */
  begin(handshake: Handshake<Owner>, failed: (why: "closed" | "timed-out") => void): boolean {
    const { socket } = handshake;
    const key = keyOf(socket);
    if (this.#underWay.size >= this.#max || key === undefined) {
      this.#counts.refused += 1;
      socket.resetAndDestroy();
      return false;
    }
    const timer = setTimeout(() => {
      this.#settle(key, "timedOut");
      socket.resetAndDestroy();
      failed("timed-out");
    }, this.#timeoutMs);
    this.#underWay.set(key, { handshake, timer });
    socket.once("close", () => {
      if (this.#underWay.get(key)?.handshake !== handshake) return;
      this.#settle(key, "failed");
      failed("closed");
    });
    return true;
  }

  /** Gives the place back; returns the handshake of `tls`, or undefined if it is no longer under way. */
  finish(tls: Socket, outcome: "completed" | "failed"): Handshake<Owner> | undefined {
    const key = keyOf(tls);
    return key === undefined ? undefined : this.#settle(key, outcome);
  }

  /** Breaks off all of one owner's. */
  destroy(owner: Owner): void {
    for (const { handshake } of this.#underWay.values())
      if (handshake.owner === owner) handshake.socket.destroy();
  }

  #settle(key: string, outcome: Outcome): Handshake<Owner> | undefined {
    const found = this.#underWay.get(key);
    if (found === undefined) return undefined;
    clearTimeout(found.timer);
    this.#underWay.delete(key);
    this.#counts[outcome] += 1;
    return found.handshake;
  }
}

function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
