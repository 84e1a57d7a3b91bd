import { isIP } from "node:net";
import type { Endpoints } from "../src/socket-stream.ts";

/** What stands in a header of version 2. What is not given is that of TCP over IPv4, without values. */
export interface BinaryHeader {
  readonly versionAndCommand?: number;
  readonly familyAndTransport?: number;
  readonly addresses?: Uint8Array;
  readonly values?: readonly Uint8Array[];
  /** What the length field says, if not the truth. */
  readonly length?: number;
}

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const tcp4 = Buffer.of(192, 0, 2, 1, 192, 0, 2, 2, 0x10, 0xe1, 0, 80);

/** Who the header of {@link binaryHeader} speaks of. */
export const tcp4Endpoints: Endpoints = {
  remote: { host: "192.0.2.1", port: 4321 },
  local: { host: "192.0.2.2", port: 80 },
};

/** A header of version 2. */
export function binaryHeader(parts: BinaryHeader = {}): Buffer {
  const { versionAndCommand = 0x21, familyAndTransport = 0x11, addresses = tcp4, values = [] } = parts;
  const rest = Buffer.concat([addresses, ...values]);
  const start = Buffer.of(versionAndCommand, familyAndTransport, 0, 0);
  start.writeUInt16BE(parts.length ?? rest.length, 2);
  return Buffer.concat([signature, start, rest]);
}

/** A value of such a header. */
export function value(type: number, bytes: Uint8Array, length: number = bytes.length): Buffer {
  return Buffer.concat([Buffer.of(type, length >> 8, length & 0xff), bytes]);
}

/** The block of addresses and ports that stands for these endpoints. */
export function addressBlock({ remote, local }: Endpoints): Buffer {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(remote.port, 0);
  ports.writeUInt16BE(local.port, 2);
  return Buffer.concat([ipBytes(remote.host), ipBytes(local.host), ports]);
}

/** The line of version 1 that stands for these endpoints. */
export function textHeader({ remote, local }: Endpoints): string {
  return `PROXY TCP${isIP(remote.host)} ${remote.host} ${local.host} ${remote.port} ${local.port}\r\n`;
}

function ipBytes(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from(host.split(".").map(Number));
  const [head = "", tail = ""] = host.split("::");
  const words = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const front = words(head);
  const back = words(tail);
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}
