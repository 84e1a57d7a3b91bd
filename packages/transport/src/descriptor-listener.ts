import { formatAddress } from "./address.ts";
import { handedOver } from "./hand-over.ts";
import { takeInherited } from "./inherited-descriptors.ts";
import type { Listener, ListenerCloseOptions, ListenerSink } from "./listener.ts";
import type { ListenerSettings } from "./listener-options.ts";
import { boundPort } from "./port-place.ts";
import { serverListener } from "./server-listener.ts";
import { SocketStream } from "./socket-stream.ts";

/**
 * Listens at an inherited descriptor, or at all that socket activation passed. Several are one listener, whose address
 * names each, with commas between. Closing it closes the descriptors; a socket file stays, as it is the launcher's.
 * @throws ParleyError `listen-failed`.
 */
export async function listenAtDescriptors(
  fd: number | undefined,
  requested: string,
  settings: ListenerSettings,
  sink: ListenerSink,
): Promise<Listener> {
  const handed = handedOver.take(requested);
  if (handed !== undefined) return listenAt(handed, fd ?? handed, requested, settings, sink);
  if (fd !== undefined) return listenAt(fd, fd, requested, settings, sink);
  const begun: Listener[] = [];
  const close = async (options?: ListenerCloseOptions): Promise<void> => {
    await Promise.all(begun.map((listener) => listener.close(options)));
  };
  try {
    for (const each of takeInherited(process.env, process.pid))
      begun.push(await listenAt(each, each, requested, settings, sink));
  } catch (error) {
    await close();
    throw error;
  }
  const [only] = begun;
  return begun.length === 1 && only !== undefined
    ? only
    : { address: begun.map((listener) => listener.address).join(","), requested, close };
}

/** @param name the number that its address has where it is no port's. */
function listenAt(
  descriptor: number,
  name: number,
  requested: string,
  settings: ListenerSettings,
  sink: ListenerSink,
): Promise<Listener> {
  const url = formatAddress({ scheme: "fd", fd: name });
  // Node does not tell the path of a Unix socket that it did not bind.
  let path: string | undefined = "";
  return serverListener(
    {
      requested,
      url,
      bind: descriptor,
      address(server) {
        const port = boundPort("tcp", server);
        if (port !== undefined) path = undefined;
        return port ?? url;
      },
    },
    {
      halfOpen: true,
      accept: (socket, told) => sink.accept(new SocketStream(socket, path, undefined, told)),
    },
    settings,
    sink,
  );
}
