import { createServer, type Server, type Socket } from "node:net";
import { ParleyError } from "@parley/core";
import { AcceptedOptions } from "./accepted-options.ts";
import { descriptorError, listenError } from "./listen-error.ts";
import type { Listener, ListenerCloseOptions, ListenerSink } from "./listener.ts";
import type { ListenerSettings } from "./listener-options.ts";
import { Gate } from "./passage.ts";
import type { Endpoints } from "./socket-stream.ts";

/** Where a server listens, and how it gets there. */
export interface Place {
  /** The URL as it was written. */
  readonly requested: string;
  /** The URL that errors name: with the port that is tried. */
  readonly url: string;
  /** A descriptor that listens there already, or what makes `server` listen; it may throw. */
  readonly bind: number | ((server: Server, backlog: number) => void);
  /** Where `server` listens, as a URL. */
  address(server: Server): string;
  /** Called just before the server lets go of it. */
  leave?(handedOver: boolean): void;
}

/** What is done with the sockets that a server accepts. */
export interface Reception {
  /** Whether the other side's FIN leaves this side open, node:net's `allowHalfOpen`. */
  readonly halfOpen: boolean;
  accept(socket: Socket, told?: Endpoints): void;
  /** Ends what has not become a stream yet. */
  breakOff?(): void;
}

/**
 * What all listeners on node:net have in common, from listening to closing.
 * @throws ParleyError `address-in-use`, `listen-failed`.
 */
export function serverListener(
  place: Place,
  reception: Reception,
  settings: ListenerSettings,
  sink: ListenerSink,
): Promise<Listener> {
  const { requested, bind } = place;
  const { keepAliveMs, kernelBacklog, passage } = settings;
  const server = createServer({ allowHalfOpen: reception.halfOpen });
  const options = new AcceptedOptions(keepAliveMs);
  const failed = (error: Error): void => sink.failed(error);
  const gate = new Gate(passage, (socket, told) => reception.accept(socket, told), failed);
  const areAwaited = passage !== undefined || reception.breakOff !== undefined;
  server.on("connection", (socket: Socket) => {
    if (areAwaited && sink.turnsAway?.(descriptorOf(socket)) === true) return reset(socket);
    options.setFor(socket);
    gate.enter(socket);
  });
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      if (server.listening) server.close();
      if (error instanceof ParleyError) reject(error);
      else reject(typeof bind === "number" ? descriptorError(bind, error) : listenError(place.url, error));
    };
    server.once("error", refused);
    server.once("listening", () => {
      server.removeListener("error", refused);
      // A descriptor that was handed over may have a longer queue; of our own the kernel lets in one more than was asked for.
      if (typeof bind === "function") options.handDown(server, kernelBacklog + 1);
      server.on("error", failed);
      resolve({
        address: place.address(server),
        requested,
        descriptor: descriptorOf(server),
        async close({ handedOver = false }: ListenerCloseOptions = {}) {
          if (!server.listening) return;
          place.leave?.(handedOver);
          // Its callback would wait for the connections, which are others' business; the address is free at once.
          server.close();
          if (handedOver) return;
          gate.close();
          reception.breakOff?.();
        },
      });
    });
    try {
      // Node takes the backlog of a descriptor only here.
      if (typeof bind === "number") server.listen({ fd: bind }, kernelBacklog);
      else bind(server, kernelBacklog);
    } catch (error) {
      refused(error as NodeJS.ErrnoException);
    }
  });
}

function reset(socket: Socket): void {
  // A Unix socket has no reset, and no address of its own.
  if (socket.localAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

/** Node keeps the number in the handle; on Windows, and for the server in a cluster's worker, there is none. */
function descriptorOf(owner: Server | Socket): number | undefined {
  const fd = (owner as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd;
  return fd === undefined || fd < 0 ? undefined : fd;
}
