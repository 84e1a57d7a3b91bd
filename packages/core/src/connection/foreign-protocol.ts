import { anyOf, beginsWith, type MatchResult } from "./first-bytes.ts";

/** A protocol that is none of Parley's, and that people, scanners and load balancers point at its ports all the same. */
export type ForeignProtocol = "HTTP" | "TLS" | "SSH";

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

/** The record of a ClientHello, SSL 3.0 to TLS 1.3 (RFC 8446, sections 4 and 5.1): type, version, two bytes of length, hello. */
function matchTls([type, major, minor = 0, , , hello]: Uint8Array): MatchResult {
  if (type !== undefined && type !== 0x16) return "no";
  if ((major !== undefined && major !== 0x03) || minor > 4) return "no";
  return hello === undefined ? "more" : hello === 0x01 ? "yes" : "no";
}

/** How each of them is known by its first bytes. The same bytes have the same answer, more bytes may only settle a `more`. */
export const foreignProtocols: Readonly<Record<ForeignProtocol, (bytes: Uint8Array) => MatchResult>> =
  Object.freeze({
    HTTP: matchHttp,
    TLS: matchTls,
    SSH: (bytes: Uint8Array) => beginsWith(bytes, "ssh-"),
  });

const names = Object.keys(foreignProtocols) as ForeignProtocol[];
/** What any of them may begin with: most connections are told from them by one byte. */
const beginnings: ReadonlySet<number | undefined> = new Set(
  Array.from({ length: 256 }, (_, byte) => byte).filter((byte) =>
    names.some((name) => foreignProtocols[name](Uint8Array.of(byte)) !== "no"),
  ),
);

/** The foreign protocol that these first bytes are of; null if they are of none, or too few to tell. */
export function foreignProtocolOf(bytes: Uint8Array): ForeignProtocol | null {
  if (!beginnings.has(bytes[0])) return null;
  return names.find((name) => foreignProtocols[name](bytes) === "yes") ?? null;
}
