import { createSecureContext, type SecureContext } from "node:tls";
import { checkInteger, ParleyError, withDefaults } from "@parley/core";
import type { SocketListenerOptions } from "./listener-options.ts";

/** PEM, as text or bytes; several certificates may stand one behind the other. */
export type Pem = string | Buffer;

/** Who one is, and whom one trusts. */
export interface TlsCertificates {
  /** One's own certificate, followed by those that lead to its CA. */
  readonly cert?: Pem | undefined;
  /** The private key that belongs to `cert`. */
  readonly key?: Pem | undefined;
  /** The CAs that the other side's certificate may come from. Default, for a dial only: the ones Node brings. */
  readonly ca?: Pem | readonly Pem[] | undefined;
}

/** Options of `tlsListener`. */
export interface TlsListenerOptions extends TlsCertificates, SocketListenerOptions {
  readonly cert: Pem;
  readonly key: Pem;
  /** Ask the caller for a certificate, by the `ca` that is required then. Default false. */
  readonly requestCert?: boolean | undefined;
  /** End the handshake with a caller who has no certificate that `ca` vouches for. Default true. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Application protocols in order of preference (ALPN, RFC 7301). A caller who offers others only is turned away. */
  readonly alpn?: readonly string[] | undefined;
  /**
   * Other certificates for a name that the caller asks for (SNI, RFC 6066); undefined means the listener's own. If it throws or rejects,
   * that one handshake fails. Return the same object for the same name: what is made of it is kept with it. With `requestCert` no session is
   * resumed, as that could be another name's.
   */
  readonly sni?:
    | ((name: string) => TlsCertificates | undefined | Promise<TlsCertificates | undefined>)
    | undefined;
  /** How long a handshake may take, however many bytes trickle in. From 1 ms. Default 5,000 ms. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** How many handshakes may be under way at a time; a connection beyond is reset. From 1. Default 1,024. */
  readonly maxHandshakes?: number | undefined;
}

interface TlsLimits {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly handshakeTimeoutMs: number;
  readonly maxHandshakes: number;
}

/** The options of a listener, with their defaults. */
export type CheckedTlsListenerOptions = TlsListenerOptions & TlsLimits;

/** Options of `tlsDial`. */
export interface TlsDialOptions extends TlsCertificates {
  /** The name that the other side's certificate has to be for, and that it is asked for. Default the URL's host. */
  readonly servername?: string | undefined;
  /** Give up unless the other side's certificate is trusted and for its name. Default true. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Application protocols in order of preference (ALPN, RFC 7301). */
  readonly alpn?: readonly string[] | undefined;
}

/** The defaults of {@link TlsListenerOptions}. */
export const tlsListenerDefaults: Readonly<TlsLimits> = Object.freeze({
  requestCert: false,
  rejectUnauthorized: true,
  handshakeTimeoutMs: 5_000,
  maxHandshakes: 1_024,
});

/** The options with their defaults. @throws ParleyError `bad-option`. */
export function tlsListenerOptions(given: TlsListenerOptions): CheckedTlsListenerOptions {
  const options = { ...given, ...withDefaults<TlsLimits>(tlsListenerDefaults, given) };
  checkInteger("handshakeTimeoutMs", options.handshakeTimeoutMs, 1, 0x7fff_0000);
  checkInteger("maxHandshakes", options.maxHandshakes, 1);
  if (options.requestCert && options.ca === undefined) {
    throw new ParleyError(
      "bad-option",
      "requestCert without ca would trust whoever any public CA vouches for; give the ca of your callers.",
    );
  }
  return options;
}

/** What OpenSSL makes of certificates. @throws ParleyError `bad-option` where they cannot be used. */
export function secureContext({ cert, key, ca }: TlsCertificates): SecureContext {
  try {
    return createSecureContext(secureContextOptions({ cert, key, ca }));
  } catch (cause) {
    const { message } = cause as Error;
    throw new ParleyError(
      "bad-option",
      `The certificates cannot be used (${message}); give cert and key as PEM, the one belonging to the other.`,
      { cause },
    );
  }
}

/** The same in the form of node:tls. */
export function secureContextOptions({ cert, key, ca }: TlsCertificates): {
  cert?: Pem;
  key?: Pem;
  ca?: Pem | Pem[];
} {
  return {
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(ca !== undefined && { ca: typeof ca === "string" || Buffer.isBuffer(ca) ? ca : [...ca] }),
  };
}
