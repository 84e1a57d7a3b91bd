import { anyOf, beginsWith, type MatchResult } from "./match.ts";

/** A protocol that no service built here speaks, and that people point at one all the same. */
export interface ForeignProtocol {
  readonly name: string;
  match(bytes: Uint8Array): MatchResult;
  /** What its client is told, in its own terms. */
  readonly farewell: Uint8Array;
}

const methods = ["get", "head", "post", "put", "delete", "connect", "options", "trace", "patch", "pri"];
const lf = 0x0a;
/** A request line is longer than this only if it is none. */
const maxRequestLine = 8 * 1024;

/** A request line (RFC 9112, section 3): only its last word tells it from a line of text that begins with GET. */
function matchHttp(bytes: Uint8Array): MatchResult {
  const method = anyOf(...methods.map((name) => beginsWith(bytes, `${name} `)));
  if (method !== "yes") return method;
  const end = bytes.indexOf(lf);
  if (end < 0) return bytes.length < maxRequestLine ? "more" : "no";
  return / HTTP\/\d(\.\d)?\r?$/.test(String.fromCharCode(...bytes.subarray(Math.max(0, end - 16), end)))
    ? "yes"
    : "no";
}

/** A handshake record of SSL 3.0 to TLS 1.3 (RFC 8446, section 5.1). */
function matchTls([type, major]: Uint8Array): MatchResult {
  if (type !== undefined && type !== 0x16) return "no";
  return major === undefined ? "more" : major === 0x03 ? "yes" : "no";
}

const line = (protocol: string): string => `This port does not speak ${protocol}.`;

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

/** HTTP, TLS and SSH. */
export const foreignProtocols: readonly ForeignProtocol[] = [
  { name: "HTTP", match: matchHttp, farewell: Buffer.from(httpAnswer()) },
  // A fatal alert, protocol_version (RFC 8446, section 6.2).
  { name: "TLS", match: matchTls, farewell: Uint8Array.of(0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46) },
  // A server may send lines before its version (RFC 4253, section 4.2); clients show them.
  { name: "SSH", match: (bytes) => beginsWith(bytes, "ssh-"), farewell: Buffer.from(`${line("SSH")}\r\n`) },
];
