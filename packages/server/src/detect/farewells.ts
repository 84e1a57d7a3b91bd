import type { ForeignProtocol } from "@parley/core";

const line = (protocol: ForeignProtocol): string => `This port does not speak ${protocol}.`;

function httpAnswer(): string {
  const body = `${line("HTTP")}\n`;
  const head = [
    "HTTP/1.1 400 Bad Request",
    "Content-Type: text/plain",
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

/** What clients of other protocols are told, each in its own terms. */
export const farewells: Readonly<Record<ForeignProtocol, Uint8Array>> = Object.freeze({
  HTTP: Buffer.from(httpAnswer()),
  // A fatal alert, protocol_version (RFC 8446, section 6.2).
  TLS: Uint8Array.of(0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46),
  // A server may send lines before its version (RFC 4253, section 4.2); clients show them.
  SSH: Buffer.from(`${line("SSH")}\r\n`),
});
