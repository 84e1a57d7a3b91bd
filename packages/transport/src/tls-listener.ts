import { parseTlsAddress } from "./address.ts";
import type { Listener, ListenerSink } from "./listener.ts";
import { listenerSettings } from "./listener-options.ts";
import { portPlace } from "./port-place.ts";
import { serverListener } from "./server-listener.ts";
import { type HandshakeOwner, TlsHandshaker } from "./tls-handshaker.ts";
import type { HandshakeCounters } from "./tls-handshakes.ts";
import { type TlsCertificates, type TlsListenerOptions, tlsListenerOptions } from "./tls-options.ts";

/** A `Listen` whose streams are `TlsStream`s, with their handshakes done. What it keeps holds for all that it listens at, now and later. */
export interface TlsListen {
  (sink: ListenerSink, again?: string): Promise<Listener>;
  /** How its handshakes have gone, at the moment it is asked for. */
  readonly handshakes: HandshakeCounters;
  /**
   * Uses other certificates from the next handshake on; connections that stand go on. What is not given is taken over.
   * @throws ParleyError `bad-option`, and nothing has changed.
   */
  replaceCertificates(certificates: TlsCertificates): void;
}

/**
 * Listens at a `tls://HOST:PORT` URL, or at the descriptor that was handed over for it (see `inheritable`). A connection becomes a
 * stream once its handshake is done, within `handshakeTimeoutMs` and with `maxHandshakes` at a time; one that fails is told to
 * the sink as `handshake-failed`.
 * @throws ParleyError `bad-address`, `bad-option` at once; the promise rejects with `address-in-use` or `listen-failed`.
 */
export function tlsListener(url: string, options: TlsListenerOptions): TlsListen {
  const address = parseTlsAddress(url);
  const settings = listenerSettings(options);
  const handshaker = new TlsHandshaker(tlsListenerOptions(options));
  const listen = async (sink: ListenerSink, again?: string): Promise<Listener> => {
    const owner: HandshakeOwner = { sink };
    return serverListener(
      portPlace("tls", url, address, again),
      {
        // A FIN within the handshake is the end of it.
        halfOpen: false,
        accept: (socket, told) => handshaker.begin(socket, told, owner),
        breakOff: () => handshaker.destroy(owner),
      },
      settings,
      sink,
    );
  };
  return Object.defineProperties(listen, {
    handshakes: { enumerable: true, get: () => handshaker.counters },
    replaceCertificates: {
      value: (certificates: TlsCertificates) => handshaker.replaceCertificates(certificates),
    },
  }) as unknown as TlsListen;
}
