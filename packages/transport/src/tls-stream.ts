import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { CertificateIdentity } from "@parley/core";
import { type Endpoints, SocketStream } from "./socket-stream.ts";

/** A byte stream over TLS whose handshake is done. `end` sends close_notify; reading goes on (RFC 8446 section 6.1). */
export class TlsStream extends SocketStream {
  /** The other side's identity; undefined unless its certificate was asked for and is trusted. */
  readonly identity: CertificateIdentity | undefined;
  /** The application protocol that was agreed on (ALPN); undefined if none was. */
  readonly protocol: string | undefined;

  constructor(socket: TLSSocket, beneath: Socket, told?: Endpoints) {
    super(socket, undefined, beneath, told);
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    this.identity = certificate && {
      subject: certificate.subject,
      altNames: certificate.subjectAltName ?? "",
      fingerprint256: certificate.fingerprint256,
    };
    this.protocol = typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : undefined;
  }
}
