import { parseAddress } from "./address.ts";
import { listenAtDescriptors } from "./descriptor-listener.ts";
import type { Listen } from "./listener.ts";
import { listenerSettings, type SocketListenerOptions } from "./listener-options.ts";
import { portPlace } from "./port-place.ts";
import { serverListener } from "./server-listener.ts";
import { SocketStream } from "./socket-stream.ts";
import { udpListener } from "./udp-listener.ts";
import { listenAtPath } from "./unix-listener.ts";

/**
 * Listens at a `tcp://`, `udp://`, `unix://` or `fd://` URL (see `parseAddress`), or at the descriptor that was handed over for it (see
 * `inheritable`). A Unix socket file has mode 0600 from birth unless the URL names another; one that nobody listens at any more is
 * replaced, anything else at its path is left alone.
 * @throws ParleyError `bad-address`, `bad-option` at once; the promise rejects with `address-in-use` or `listen-failed`.
 */
export function socketListener(url: string, options: SocketListenerOptions = {}): Listen {
  const address = parseAddress(url);
  const settings = listenerSettings(options);
  switch (address.scheme) {
    case "tcp":
      return async (sink, again) =>
        serverListener(
          portPlace("tcp", url, address, again),
          {
            halfOpen: true,
            accept: (socket, told) => sink.accept(new SocketStream(socket, undefined, undefined, told)),
          },
          settings,
          sink,
        );
    case "udp":
      return udpListener(url);
    case "unix":
      return (sink) => listenAtPath(address, url, settings, sink);
    case "fd":
      return (sink) => listenAtDescriptors(address.fd, url, settings, sink);
  }
}
