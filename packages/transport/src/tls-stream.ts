import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { SocketStream } from "./socket-stream.ts";

/** Who the other side has proved to be. */
export interface PeerIdentity {
  /** The certificate's subject, one `NAME=value` a line, as OpenSSL writes it. */
  readonly subject: string;
  /** Its alternative names as in `DNS:a.example, IP Address:127.0.0.1` (RFC 5280 section 4.2.1.6); empty if it has none. */
  readonly altNames: string;
  /** The SHA-256 of the certificate, as `AB:CD:…`. */
  readonly fingerprint256: string;
}

/** A byte stream over TLS whose handshake is done. `end` sends close_notify; reading goes on (RFC 8446 section 6.1). */
export class TlsStream extends SocketStream {
  /** The other side's identity; undefined unless its certificate was asked for and is trusted. */
  readonly identity: PeerIdentity | undefined;
  /** The application protocol that was agreed on (ALPN); undefined if none was. */
  readonly protocol: string | undefined;

  constructor(socket: TLSSocket, beneath: Socket) {
    super(socket, undefined, beneath);
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    this.identity = certificate && {
      subject: certificate.subject,
      altNames: certificate.subjectAltName ?? "",
      fingerprint256: certificate.fingerprint256,
    };
    this.protocol = typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : undefined;
  }
}
