import { ParleyError } from "@parley/core";

const untrusted =
  "its certificate comes from no CA that is trusted here; give the certificate of its CA as ca";
const noTls = "what answers there does not speak TLS; check the port, or use tcp://";
const refused =
  "the other side does not accept this side's certificate; give cert and key from a CA that it trusts";

/** What the codes of OpenSSL and Node mean to whoever shakes hands, and what to do. */
const failures: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: "its certificate has expired; have it renewed, and check this machine's clock",
  CERT_NOT_YET_VALID: "its certificate is not valid yet; check this machine's clock",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate is for other names; dial one of those, or give the one to expect as servername",
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_HTTP_REQUEST: "it sent an HTTP request, not a TLS handshake",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "there is no TLS version that both sides speak; update the older one",
  ERR_SSL_NO_SHARED_CIPHER: "there is no cipher that both sides have; update the older one",
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    "it speaks none of the protocols in alpn; offer one that it has",
  ERR_SSL_NO_APPLICATION_PROTOCOL: "it offered none of the protocols in alpn",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "it showed no certificate, and one is required here",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: refused,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: refused,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: refused,
  ECONNRESET: "the other side broke off; it may want a certificate, or be too busy to shake hands",
};

/** A failed handshake with `url`, with what to do about it. The other side's own text is only in the cause. */
export function handshakeError(url: string, cause: Error & { readonly code?: string }): ParleyError {
  const why = failures[cause.code ?? ""] ?? `TLS failed with ${cause.code ?? "an error without a code"}`;
  return new ParleyError("handshake-failed", `No TLS connection with ${url}: ${why}.`, {
    blame: "remote",
    cause,
  });
}
