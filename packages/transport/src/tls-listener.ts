import { createServer as createTcpServer, type Socket } from "node:net";
import { createServer, type SecureContext, type Server, type TLSSocket } from "node:tls";
import { ParleyError } from "@parley/core";
import { formatEndpoint, parseTlsAddress, type TcpAddress } from "./address.ts";
import { listenError } from "./listen-error.ts";
import type { Listener, ListenerSink } from "./listener.ts";
import { handshakeError } from "./tls-error.ts";
import { type HandshakeCounters, Handshakes } from "./tls-handshakes.ts";
import {
  type CheckedTlsListenerOptions,
  secureContext,
  secureContextOptions,
  type TlsCertificates,
  type TlsListenerOptions,
  tlsListenerOptions,
} from "./tls-options.ts";
import { TlsStream } from "./tls-stream.ts";

/** A listener whose streams are `TlsStream`s, with their handshakes done. */
export interface TlsListener extends Listener {
  readonly handshakes: HandshakeCounters;
  /**
   * Uses other certificates from the next handshake on; connections that stand go on. What is not given is taken over.
   * @throws ParleyError `bad-option`, and nothing has changed.
   */
  replaceCertificates(certificates: TlsCertificates): void;
}

const kernelBacklog = 511;

/**
 * Listens at a `tls://HOST:PORT` URL. A connection becomes a stream once its handshake is done, within
 * `handshakeTimeoutMs` and with `maxHandshakes` at a time; one that fails is told to the sink as `handshake-failed`.
 * @throws ParleyError `bad-address`, `bad-option` at once; the promise rejects with `address-in-use` or `listen-failed`.
 */
export function tlsListener(
  url: string,
  options: TlsListenerOptions,
): (sink: ListenerSink) => Promise<TlsListener> {
  const address = parseTlsAddress(url);
  const checked = tlsListenerOptions(options);
  secureContext(checked);
  return (sink) => listen(address, checked, sink);
}

function listen(
  address: TcpAddress,
  options: CheckedTlsListenerOptions,
  sink: ListenerSink,
): Promise<TlsListener> {
  let certificates: TlsCertificates = options;
  const handshakes = new Handshakes(options.handshakeTimeoutMs, options.maxHandshakes);
  const shaking = handshaker(options, () => certificates);
  // Until the handshake is done a FIN is the end of it; see below.
  const server = createTcpServer({ allowHalfOpen: false, noDelay: true });
  const failed = (from: string, cause: Error): void => sink.failed(handshakeError(from, cause));
  server.on("connection", (raw: Socket) => {
    const from = `tls://${formatEndpoint(raw.remoteAddress ?? "", raw.remotePort ?? 0)}`;
    raw.on("error", () => {});
    const begun = handshakes.begin(raw, (why) =>
      why === "closed"
        ? failed(from, Object.assign(new Error("The connection was closed."), { code: "ECONNRESET" }))
        : sink.failed(tooSlow(from, options.handshakeTimeoutMs)),
    );
    if (begun) shaking.emit("connection", raw);
  });
  shaking.on("secureConnection", (tls: TLSSocket) => {
    const raw = handshakes.finish(tls, "completed");
    if (raw === undefined) return void setImmediate(() => tls.destroy());
    tls.allowHalfOpen = true;
    const stream = new TlsStream(tls, raw);
    // OpenSSL is still at work: a stream that were destroyed now would not be reset.
    setImmediate(() => sink.accept(stream));
  });
  shaking.on("tlsClientError", (error, tls) => {
    const raw = handshakes.finish(tls, "failed");
    if (raw !== undefined)
      failed(`tls://${formatEndpoint(raw.remoteAddress ?? "", raw.remotePort ?? 0)}`, error);
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(address, error)));
    server.once("listening", () => {
      server.removeAllListeners("error");
      server.on("error", (error) => sink.failed(error));
      const bound = server.address() as { address: string; port: number };
      resolve({
        address: `tls://${formatEndpoint(bound.address, bound.port)}`,
        get handshakes() {
          return handshakes.counters;
        },
        replaceCertificates({ cert = certificates.cert, key = certificates.key, ca = certificates.ca }) {
          secureContext({ cert, key, ca });
          shaking.setSecureContext(secureContextOptions({ cert, key, ca }));
          certificates = { cert, key, ca };
        },
        async close() {
          if (server.listening) server.close();
          handshakes.destroy();
        },
      });
    });
    const { host, port, ipv6only = false } = address;
    server.listen({ host, port, ipv6Only: ipv6only, backlog: kernelBacklog });
  });
}

/** A TLS server that never listens: it is handed connections, of which Handshakes keeps count and time. */
function handshaker(options: CheckedTlsListenerOptions, certificates: () => TlsCertificates): Server {
  const { sni, alpn, requestCert, rejectUnauthorized, handshakeTimeoutMs } = options;
  return createServer({
    ...secureContextOptions(options),
    requestCert,
    rejectUnauthorized,
    // Ours comes first; Node's begins again with every write.
    handshakeTimeout: handshakeTimeoutMs + 10_000,
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    ...(sni !== undefined && { SNICallback: sniCallback(sni, certificates) }),
  });
}

type Sni = NonNullable<TlsListenerOptions["sni"]>;
type SniAnswer = (error: Error | null, context?: SecureContext) => void;

/** What the user's callback throws must reach Node as an error: older ones let it through (CVE-2026-21637). */
function sniCallback(sni: Sni, own: () => TlsCertificates): (name: string, answer: SniAnswer) => void {
  const made = new WeakMap<
    TlsCertificates,
    { readonly ca: TlsCertificates["ca"]; readonly context: SecureContext }
  >();
  return (name, answer) => {
    find(name).then(
      (context) => answer(null, context),
      (error: unknown) => answer(error instanceof Error ? error : new Error("The SNI callback failed.")),
    );
  };
  async function find(name: string): Promise<SecureContext | undefined> {
    const found = await sni(name);
    if (found === undefined) return undefined;
    // Without a ca of its own it would trust every public one.
    const ca = found.ca ?? own().ca;
    const known = made.get(found);
    if (known !== undefined && known.ca === ca) return known.context;
    const context = secureContext({ ...found, ca });
    made.set(found, { ca, context });
    return context;
  }
}

function tooSlow(from: string, handshakeTimeoutMs: number): ParleyError {
  return new ParleyError(
    "handshake-failed",
    `The TLS handshake with ${from} was not done within ${handshakeTimeoutMs} ms; raise handshakeTimeoutMs for slow lines.`,
    { blame: "remote" },
  );
}
