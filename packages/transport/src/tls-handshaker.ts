import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { ParleyError } from "@parley/core";
import { formatEndpoint } from "./address.ts";
import type { ListenerSink } from "./listener.ts";
import type { Endpoints } from "./socket-stream.ts";
import { handshakeError } from "./tls-error.ts";
import { type Handshake, type HandshakeCounters, Handshakes } from "./tls-handshakes.ts";
import {
  type CheckedTlsListenerOptions,
  secureContext,
  secureContextOptions,
  type TlsCertificates,
} from "./tls-options.ts";
import { sniCallback } from "./tls-sni.ts";
import { TlsStream } from "./tls-stream.ts";

/** Whose handshakes they are: one listening of a listener. */
export interface HandshakeOwner {
  readonly sink: ListenerSink;
}

/**
 * Shakes hands over sockets that others accept, by a TLS server that never listens. Keeps the certificates, and count and time of
 * the handshakes.
 * @throws ParleyError `bad-option`.
 */
export class TlsHandshaker {
  readonly #timeoutMs: number;
  readonly #handshakes: Handshakes<HandshakeOwner>;
  readonly #server: Server;
  /** Names may have CAs of their own, and OpenSSL resumes a session of one under another: its owner would count as trusted there. */
  readonly #resumption: { readonly secureOptions?: number };
  #certificates: TlsCertificates;

  constructor(options: CheckedTlsListenerOptions) {
    const { cert, key, ca, sni, alpn, requestCert, rejectUnauthorized, handshakeTimeoutMs } = options;
    secureContext(options);
    this.#resumption = sni !== undefined && requestCert ? { secureOptions: constants.SSL_OP_NO_TICKET } : {};
    this.#certificates = { cert, key, ca };
    this.#timeoutMs = handshakeTimeoutMs;
    this.#handshakes = new Handshakes(handshakeTimeoutMs, options.maxHandshakes);
    this.#server = createServer({
      ...secureContextOptions(options),
      ...this.#resumption,
      requestCert,
      rejectUnauthorized,
      // Ours comes first; Node's begins again with every write.
      handshakeTimeout: handshakeTimeoutMs + 10_000,
      ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
      ...(sni !== undefined && { SNICallback: sniCallback(sni, () => this.#certificates) }),
    });
    this.#server.on("secureConnection", (tls: TLSSocket) => this.#completed(tls));
    this.#server.on("tlsClientError", (error, tls) => this.#failed(error, tls));
  }

  get counters(): HandshakeCounters {
    return this.#handshakes.counters;
  }

  /** Shakes hands over `socket`, and hands what comes of it to the owner's sink. */
  begin(socket: Socket, told: Endpoints | undefined, owner: HandshakeOwner): void {
    const handshake: Handshake<HandshakeOwner> = { socket, told, owner };
    const from = remoteUrl(handshake);
    socket.on("error", () => {});
    const begun = this.#handshakes.begin(handshake, (why) =>
      owner.sink.failed(why === "closed" ? handshakeError(from, lost()) : tooSlow(from, this.#timeoutMs)),
    );
    if (begun) this.#server.emit("connection", socket);
  }

  /** Breaks off what is under way for `owner`. */
  destroy(owner: HandshakeOwner): void {
    this.#handshakes.destroy(owner);
  }

  /** @throws ParleyError `bad-option`, and nothing has changed. */
  replaceCertificates(others: TlsCertificates): void {
    const {
      cert = this.#certificates.cert,
      key = this.#certificates.key,
      ca = this.#certificates.ca,
    } = others;
    secureContext({ cert, key, ca });
    this.#server.setSecureContext({ ...secureContextOptions({ cert, key, ca }), ...this.#resumption });
    this.#certificates = { cert, key, ca };
  }

  #completed(tls: TLSSocket): void {
    const handshake = this.#handshakes.finish(tls, "completed");
    if (handshake === undefined) return void setImmediate(() => tls.destroy());
    // Until now a FIN was the end of it.
    tls.allowHalfOpen = true;
    const stream = new TlsStream(tls, handshake.socket, handshake.told);
    // OpenSSL is still at work: a stream that were destroyed now would not be reset.
    setImmediate(() => handshake.owner.sink.accept(stream));
  }

  #failed(error: Error, tls: TLSSocket): void {
    const handshake = this.#handshakes.finish(tls, "failed");
    if (handshake !== undefined) handshake.owner.sink.failed(handshakeError(remoteUrl(handshake), error));
  }
}

function remoteUrl({ socket, told }: Handshake<unknown>): string {
  const { host = "", port = 0 } = told?.remote ?? { host: socket.remoteAddress, port: socket.remotePort };
  return `tls://${formatEndpoint(host, port)}`;
}

function lost(): Error {
  return Object.assign(new Error("The connection was closed."), { code: "ECONNRESET" });
}

function tooSlow(from: string, handshakeTimeoutMs: number): ParleyError {
  return new ParleyError(
    "handshake-failed",
    `The TLS handshake with ${from} was not done within ${handshakeTimeoutMs} ms; raise handshakeTimeoutMs for slow lines.`,
    { blame: "remote" },
  );
}
