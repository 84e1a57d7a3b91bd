import type { Server, Socket } from "node:net";

/** What node:net has no word for in its types. */
interface HandleOwner extends Server {
  readonly _handle?: {
    setNoDelay?(enable: boolean): number;
    setKeepAlive?(enable: boolean, delaySeconds: number): number;
  } | null;
}

/**
 * The TCP options that every accepted socket has. Linux hands them down from the listening socket, tcp(7): set there once they cost no
 * system calls for each connection: five of the fourteen that it takes (bench connect-rate).
 */
export class AcceptedOptions {
  /** 0 for never. */
  readonly #keepAliveSeconds: number;
  /** How many of those that will be accepted first may have connected before there was something to hand down. */
  #early = Number.POSITIVE_INFINITY;

  /** @param keepAliveMs Infinity for never. */
  constructor(keepAliveMs: number) {
    this.#keepAliveSeconds = keepAliveMs === Number.POSITIVE_INFINITY ? 0 : Math.ceil(keepAliveMs / 1_000);
  }

  /**
   * Has `server`, which listens, hand them down, if it can.
   * @param queued how many connections the kernel may have completed by now.
   */
  handDown(server: Server, queued: number): void {
    const handle = (server as HandleOwner)._handle;
    if (process.platform !== "linux" || handle?.setNoDelay?.(true) !== 0) return;
    const seconds = this.#keepAliveSeconds;
    if (seconds === 0 || handle.setKeepAlive?.(true, seconds) === 0) this.#early = queued;
  }

  /** Called with each socket in the order of acceptance. */
  setFor(socket: Socket): void {
    if (this.#early === 0) return;
    this.#early -= 1;
    socket.setNoDelay(true);
    if (this.#keepAliveSeconds > 0) socket.setKeepAlive(true, this.#keepAliveSeconds * 1_000);
  }
}
