import { createServer, type Server, type Socket } from "node:net";
import { ParleyError } from "@parley/core";
import { formatAddress } from "./address.ts";
import { takeInherited } from "./inherited-descriptors.ts";
import { listenError } from "./listen-error.ts";
import type { Listener, ListenerSink } from "./listener.ts";
import { SocketStream } from "./socket-stream.ts";

/**
 * Listens at an inherited descriptor, or at all that socket activation passed. Several are one listener, whose address
 * names each, with commas between. Closing it closes the descriptors; a socket file stays, as it is the launcher's.
 * @throws ParleyError `listen-failed`.
 */
export async function listenAtDescriptors(fd: number | undefined, sink: ListenerSink): Promise<Listener> {
  const begun: Listener[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(begun.map((listener) => listener.close()));
  };
  try {
    for (const each of fd === undefined ? takeInherited(process.env, process.pid) : [fd])
      begun.push(await listenAt(each, sink));
  } catch (error) {
    await close();
    throw error;
  }
  return { address: begun.map((listener) => listener.address).join(","), close };
}

function listenAt(fd: number, sink: ListenerSink): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(descriptorError(fd, error)));
    server.once("listening", () => {
      server.removeAllListeners("error");
      server.on("error", (error) => sink.failed(error));
      const address = boundAddress(server, fd);
      // Node does not tell the path of a Unix socket that it did not bind.
      const path = address.startsWith("tcp:") ? undefined : "";
      server.on("connection", (socket: Socket) => sink.accept(new SocketStream(socket, path)));
      resolve({
        address,
        async close() {
          if (server.listening) server.close();
        },
      });
    });
    server.listen({ fd });
  });
}

/** The port's address where the descriptor has one; else the descriptor's own. */
function boundAddress(server: Server, fd: number): string {
  const actual = server.address();
  return actual !== null && typeof actual === "object" && actual.address !== undefined
    ? formatAddress({ scheme: "tcp", host: actual.address, port: actual.port })
    : formatAddress({ scheme: "fd", fd });
}

/** What a descriptor that is closed, or is no socket, makes Node or the system say. */
const unfit = new Set(["EBADF", "EINVAL", "ENOTSOCK", "EEXIST", "EISCONN", "EOPNOTSUPP", "ENOTSUP"]);

function descriptorError(fd: number, cause: NodeJS.ErrnoException): ParleyError {
  if (!unfit.has(cause.code ?? "")) return listenError({ scheme: "fd", fd }, cause);
  return new ParleyError(
    "listen-failed",
    `Descriptor ${fd} is no listening socket that is free for use (${cause.code}); have the launcher pass one, as descriptor ${fd}.`,
    { cause },
  );
}
