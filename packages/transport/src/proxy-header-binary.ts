import { canonicalIp } from "./canonical-ip.ts";
import type { ProxyHeader } from "./proxy-header.ts";
import type { Endpoint } from "./socket-stream.ts";

const signature = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const fixedBytes = 16;

/** The whole header's. Senders keep below 536 bytes; this leaves room for what a TLS terminator tells of certificates. */
const maxHeaderBytes = 4_096;

const families = ["unspecified", "IPv4", "IPv6", "unix"] as const;
type Family = (typeof families)[number];

/** How long the block of addresses and ports is; of what is unspecified nobody knows. */
const addressBytes: Readonly<Record<Family, number>> = { unspecified: 0, IPv4: 12, IPv6: 36, unix: 216 };

const stream = 1;
const checksumType = 0x03;

/**
 * Reads the header of version 2, section 2.2 of the specification:
 *
 *     signature 12 | version 2, command | family, transport | length 2 | addresses | type 1, length 2, value | …
 *
 * The command is LOCAL, whose remainder is passed over, or PROXY. The checksum (CRC32c) among the values is verified where there is
 * one, all other values are passed over.
 */
export function parseBinaryHeader(bytes: Uint8Array): ProxyHeader {
  const wrong = wrongStart(bytes);
  if (wrong !== undefined) return { kind: "malformed", why: wrong };
  if (bytes.length < fixedBytes) return { kind: "more" };
  const length = fixedBytes + uint16(bytes, 14);
  if (bytes.length < length) return { kind: "more" };
  const header = bytes.subarray(0, length);
  const without: ProxyHeader = { kind: "header", length, endpoints: undefined };
  const family = familyOf(header);
  // Then nobody can tell either where the values begin.
  if (family === "unspecified") return without;
  const wrongValues = checkValues(header, fixedBytes + addressBytes[family]);
  if (wrongValues !== undefined) return { kind: "malformed", why: wrongValues };
  if (family === "unix") return without;
  const width = family === "IPv4" ? 4 : 16;
  const endpoint = (index: 0 | 1): Endpoint => ({
    host: host(header, fixedBytes + index * width, width),
    port: uint16(header, fixedBytes + 2 * width + index * 2),
  });
  return { kind: "header", length, endpoints: { remote: endpoint(0), local: endpoint(1) } };
}

/** What is wrong with as much of the first 16 bytes as is there. */
function wrongStart(bytes: Uint8Array): string | undefined {
  const count = bytes.length;
  if (signature.some((byte, at) => at < count && byte !== bytes[at])) return "its signature is none";
  if (count > 12 && bytes[12] !== 0x20 && bytes[12] !== 0x21) return "its version or command is not known";
  if (count > 13 && !isLocal(bytes)) {
    if ((bytes[13] as number) >> 4 >= families.length) return "its address family is not known";
    if (transportOf(bytes) > stream) return "its transport is none of a stream";
  }
  if (count > 14) {
    // Before its second byte is there, the length is at least what the first makes of it, and at most 255 more.
    const length = ((bytes[14] as number) << 8) + (bytes[15] ?? 0);
    if (fixedBytes + length > maxHeaderBytes) return `it is longer than ${maxHeaderBytes} bytes`;
    if (length + (count === 15 ? 0xff : 0) < addressBytes[familyOf(bytes)])
      return "it is too short for its addresses";
  }
  return undefined;
}

/** What is wrong with the values that begin at this offset. */
function checkValues(header: Uint8Array, start: number): string | undefined {
  let checksumAt = 0;
  let at = start;
  while (at < header.length) {
    const next = at + 3 + (at + 3 <= header.length ? uint16(header, at + 1) : 0);
    if (next > header.length) return "one of its values ends behind it";
    if (header[at] === checksumType) {
      if (next - at !== 7 || checksumAt !== 0) return "its checksum is not one of four bytes";
      checksumAt = at + 3;
    }
    at = next;
  }
  if (checksumAt === 0) return undefined;
  const told = ((uint16(header, checksumAt) << 16) | uint16(header, checksumAt + 2)) >>> 0;
  return crc32c(header, checksumAt) === told ? undefined : "its checksum does not match";
}

/** CRC32c (RFC 4960, appendix B) with zeros for the four bytes at `checksumAt`. Without a table: it is of few bytes, once. */
function crc32c(bytes: Uint8Array, checksumAt: number): number {
  let crc = 0xffff_ffff;
  for (const [at, byte] of bytes.entries()) {
    if (at < checksumAt || at >= checksumAt + 4) crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

function isLocal(bytes: Uint8Array): boolean {
  return bytes[12] === 0x20;
}

/** The family of the addresses that count: none do of a LOCAL command, or of a transport that is unspecified. */
function familyOf(bytes: Uint8Array): Family {
  if (isLocal(bytes) || transportOf(bytes) !== stream) return "unspecified";
  return families[(bytes[13] as number) >> 4] ?? "unspecified";
}

function transportOf(bytes: Uint8Array): number {
  return (bytes[13] as number) & 0x0f;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function host(bytes: Uint8Array, at: number, width: number): string {
  if (width === 4) return bytes.subarray(at, at + 4).join(".");
  const words = Array.from({ length: 8 }, (_, word) => uint16(bytes, at + 2 * word).toString(16));
  return canonicalIp(words.join(":"));
}
