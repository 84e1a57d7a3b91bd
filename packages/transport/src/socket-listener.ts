import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { ParleyError } from "@parley/core";
import { type Address, formatAddress, parseAddress } from "./address.ts";
import { listenAtDescriptors } from "./descriptor-listener.ts";
import { listenError } from "./listen-error.ts";
import type { Listen, Listener, ListenerSink } from "./listener.ts";
import { SocketStream } from "./socket-stream.ts";
import { bindPrivately, removeStale, unusablePath } from "./unix-socket-file.ts";

/** Connections that the kernel completes and keeps until they are accepted; admission itself is the server's. */
const kernelBacklog = 511;

/**
 * Listens at a `tcp://`, `unix://` or `fd://` URL (see `parseAddress`). A Unix socket file has mode 0600 from birth unless the
 * URL names another; one that nobody listens at any more is replaced, anything else at its path is left alone.
 * @throws ParleyError `bad-address` at once; the promise rejects with `address-in-use` or `listen-failed`.
 */
export function socketListener(url: string): Listen {
  const address = parseAddress(url);
  switch (address.scheme) {
    case "tcp":
      return (sink) => listenAtPort(address, sink);
    case "unix":
      return (sink) => listenAtPath(address, sink);
    case "fd":
      return (sink) => listenAtDescriptors(address.fd, sink);
  }
}

function listenAtPort(address: Address & { scheme: "tcp" }, sink: ListenerSink): Promise<Listener> {
  const { host, port, ipv6only = false } = address;
  return listen(address, sink, (server, options) =>
    server.listen({ ...options, host, port, ipv6Only: ipv6only }),
  );
}

async function listenAtPath(address: Address & { scheme: "unix" }, sink: ListenerSink): Promise<Listener> {
  const { path, mode } = address;
  const url = formatAddress({ scheme: "unix", path });
  const unusable = unusablePath(path);
  if (unusable !== undefined)
    throw new ParleyError("listen-failed", `${url} cannot be listened at: ${unusable}.`);
  const attempt = (): Promise<Listener> =>
    listen({ scheme: "unix", path }, sink, (server, options) =>
      bindPrivately(path, mode, () => server.listen({ ...options, path }).listening),
    );
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== "address-in-use") throw error;
    const found = await removeStale(path);
    if (found === "stale") return attempt();
    if (found === "live") throw error;
    throw new ParleyError(
      "listen-failed",
      `What stands at ${url} is no socket, and is left alone; choose another path, or remove it.`,
      { cause: error.cause },
    );
  }
}

function listen(
  address: Exclude<Address, { scheme: "fd" }>,
  sink: ListenerSink,
  bind: (server: Server, options: ListenOptions) => void,
): Promise<Listener> {
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
    try {
      bind(server, { backlog: kernelBacklog });
    } catch (error) {
      if (server.listening) server.close();
      reject(error instanceof ParleyError ? error : listenError(address, error as NodeJS.ErrnoException));
    }
  });
}

/** The address with the port that the system chose. */
function bound(server: Server, address: Address): Address {
  const actual = server.address();
  return address.scheme === "tcp" && actual !== null && typeof actual === "object"
    ? { scheme: "tcp", host: actual.address, port: actual.port }
    : address;
}

/** The callback of `close` would wait for the connections, which are others' business; the address is free at once. */
async function stop(server: Server): Promise<void> {
  if (server.listening) server.close();
}
