import type { Socket } from "node:net";

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

type Outcome = "completed" | "failed" | "timedOut";

/**
 * The handshakes under way, each with its deadline. node:tls does not tell which socket a TLS socket stands on, so they are
 * found again by their two endpoints, which no two connections share.
 */
export class Handshakes {
  readonly #timeoutMs: number;
  readonly #max: number;
  readonly #underWay = new Map<string, { readonly socket: Socket; readonly timer: NodeJS.Timeout }>();
  readonly #counts = { completed: 0, failed: 0, timedOut: 0, refused: 0 };

  constructor(timeoutMs: number, max: number) {
    this.#timeoutMs = timeoutMs;
    this.#max = max;
  }

  get counters(): HandshakeCounters {
    return { underWay: this.#underWay.size, ...this.#counts };
  }

  /** Takes a place for `socket`, or resets it if there is none. `failed` is told why it does not come through. */
  begin(socket: Socket, failed: (why: "closed" | "timed-out") => void): boolean {
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
    this.#underWay.set(key, { socket, timer });
    socket.once("close", () => {
      if (this.#underWay.get(key)?.socket === socket && this.#settle(key, "failed") !== undefined)
        failed("closed");
    });
    return true;
  }

  /** Gives the place back; returns the socket under `tls`, or undefined if it is no longer under way. */
  finish(tls: Socket, outcome: "completed" | "failed"): Socket | undefined {
    const key = keyOf(tls);
    return key === undefined ? undefined : this.#settle(key, outcome);
  }

  /** Breaks off all that are under way. */
  destroy(): void {
    for (const { socket } of this.#underWay.values()) socket.destroy();
  }

  #settle(key: string, outcome: Outcome): Socket | undefined {
    const handshake = this.#underWay.get(key);
    if (handshake === undefined) return undefined;
    clearTimeout(handshake.timer);
    this.#underWay.delete(key);
    this.#counts[outcome] += 1;
    return handshake.socket;
  }
}

function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
