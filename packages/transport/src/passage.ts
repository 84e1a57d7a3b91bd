import type { Socket } from "node:net";
import type { Endpoints } from "./socket-stream.ts";

/**
 * What a socket passes between its acceptance and becoming a stream or beginning its TLS handshake. Calls `proceed` once, with the
 * endpoints where the socket's own are not the right ones, the socket paused and what it read too much put back by `unshift`;
 * or destroys the socket and calls `failed`. It owns its own deadline; an `error` of the socket needs no listener of its own.
 */
export type Passage = (
  socket: Socket,
  proceed: (told?: Endpoints) => void,
  failed: (error: Error) => void,
) => void;

/** The one place where all that a stream listener accepts comes by. */
export class Gate {
  readonly #passage: Passage | undefined;
  readonly #accept: (socket: Socket, told?: Endpoints) => void;
  readonly #failed: (error: Error) => void;
  /** Those that are in the passage. */
  readonly #within = new Set<Socket>();

  constructor(
    passage: Passage | undefined,
    accept: (socket: Socket, told?: Endpoints) => void,
    failed: (error: Error) => void,
  ) {
    this.#passage = passage;
    this.#accept = accept;
    this.#failed = failed;
  }

  enter(socket: Socket): void {
    if (this.#passage === undefined) return this.#accept(socket);
    const leave = (): void => void this.#within.delete(socket);
    this.#within.add(socket);
    socket.on("error", ignore);
    socket.once("close", leave);
    const proceed = (told?: Endpoints): void => {
      socket.removeListener("close", leave);
      // Whoever was lost, or came through already, is nobody's any more.
      if (!this.#within.delete(socket) || socket.destroyed) return;
      this.#accept(socket, told);
      socket.removeListener("error", ignore);
    };
    this.#passage(socket, proceed, this.#failed);
  }

  /** Breaks off all that are in the passage. */
  close(): void {
    for (const socket of this.#within) socket.destroy();
  }
}

function ignore(): void {}
