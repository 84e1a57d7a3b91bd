import { createServer, type Server, type Socket } from "node:net";
import { ParleyError } from "@parley/core";
import { type Address, formatAddress, parseAddress } from "./address.ts";
import type { Listen, Listener, ListenerSink } from "./listener.ts";
import { SocketStream } from "./socket-stream.ts";

/** Connections that the kernel completes and keeps until they are accepted; admission itself is the server's. */
const kernelBacklog = 511;

/**
 * Listens at a `tcp://` or `unix://` URL (see `parseAddress`).
 * @throws ParleyError `bad-address` at once; the promise rejects with `address-in-use` or `listen-failed`.
 */
export function socketListener(url: string): Listen {
  const address = parseAddress(url);
  return (sink) => listen(address, sink);
}

function listen(address: Address, sink: ListenerSink): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const path = address.scheme === "unix" ? address.path : undefined;
  server.on("connection", (socket: Socket) => sink.accept(new SocketStream(socket, path)));
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(address, error)));
    server.once("listening", () => {
      server.removeAllListeners("error");
      server.on("error", (error) => sink.failed(error));
      resolve({ address: formatAddress(bound(server, address)), close: () => stop(server) });
    });
    if (address.scheme === "unix") server.listen({ path: address.path, backlog: kernelBacklog });
    else server.listen({ host: address.host, port: address.port, backlog: kernelBacklog });
  });
}

/** The address with the port that the system chose. */
function bound(server: Server, address: Address): Address {
  const actual = server.address();
  return address.scheme === "tcp" && actual !== null && typeof actual === "object"
    ? { ...address, host: actual.address, port: actual.port }
    : address;
}

/** The callback of `close` would wait for the connections, which are others' business; the address is free at once. */
async function stop(server: Server): Promise<void> {
  if (server.listening) server.close();
}

function listenError(address: Address, cause: NodeJS.ErrnoException): ParleyError {
  const url = formatAddress(address);
  switch (cause.code) {
    case "EADDRINUSE":
      return new ParleyError(
        "address-in-use",
        address.scheme === "tcp"
          ? `${url} is in use by another program; choose another port, or port 0 for any free one.`
          : `${url} is in use, or was left behind by a program that ended without removing it; remove the file if nobody listens.`,
        { cause },
      );
    case "EACCES":
      return new ParleyError(
        "listen-failed",
        `No permission to listen at ${url}; choose a port above 1023, or a directory you may write to.`,
        { cause },
      );
    case "EADDRNOTAVAIL":
      return new ParleyError(
        "listen-failed",
        `This machine has no address ${url}; 127.0.0.1 is this machine alone, 0.0.0.0 all its addresses.`,
        { cause },
      );
    case "ENOTFOUND":
      return new ParleyError(
        "listen-failed",
        `The host name in ${url} is not known; give an IP address, or check the name.`,
        { cause },
      );
    default:
      return new ParleyError("listen-failed", `Listening at ${url} failed: ${cause.message}.`, { cause });
  }
}
