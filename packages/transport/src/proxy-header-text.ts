import { isIP } from "node:net";
import { canonicalIp } from "./canonical-ip.ts";
import type { ProxyHeader } from "./proxy-header.ts";

/** The longest line that the specification knows, with its CR LF. */
const maxLineBytes = 107;

const protocols = ["TCP4", "TCP6", "UNKNOWN"];
const fieldNames = [
  "first word",
  "protocol",
  "source address",
  "destination address",
  "source port",
  "destination port",
];
const fieldCount = fieldNames.length;

/** What is missing behind each beginning of an IP address, whole fields of it aside: one of these completes it. */
const endings = ["", "0", ".0", "0.0", ".0.0", "0.0.0", ".0.0.0", "0.0.0.0", ":", "::"];

/**
 * Reads the header of version 1, section 2.1 of the specification: one line of text,
 *
 *     PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 CR LF
 *
 * of at most 107 bytes, with `TCP6` and IPv6 addresses alike; or `PROXY UNKNOWN`, whatever stands behind it.
 */
export function parseTextHeader(bytes: Uint8Array): ProxyHeader {
  const begun = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxLineBytes));
  const text = begun.toString("latin1");
  const end = text.indexOf("\r\n");
  // A CR at the end ends the line as well, or it is malformed: only its LF may follow.
  const isWhole = end >= 0 || text.endsWith("\r");
  const line = end >= 0 ? text.slice(0, end) : isWhole ? text.slice(0, -1) : text;
  if (end < 0 && text.length + (isWhole ? 1 : 2) > maxLineBytes)
    return malformed(`its line is longer than ${maxLineBytes} bytes`);
  if (line.startsWith("PROXY UNKNOWN ")) return end < 0 ? { kind: "more" } : local(end + 2);
  const fields = line.split(" ");
  const [, protocol, source = "", destination = "", sourcePort, destinationPort] = fields;
  const family = protocol === "TCP6" ? 6 : 4;
  for (const [at, field] of fields.entries()) {
    const name = fieldNames[at];
    if (name === undefined) return malformed("its line has more than six fields");
    if (!fits(field, at, family, isWhole || at < fields.length - 1)) return malformed(`its ${name} is none`);
  }
  if (isWhole && protocol !== "UNKNOWN" && fields.length < fieldCount)
    return malformed("its line has fewer than six fields");
  if (end < 0) return { kind: "more" };
  if (protocol === "UNKNOWN") return local(end + 2);
  return {
    kind: "header",
    length: end + 2,
    endpoints: {
      remote: { host: canonicalIp(source), port: Number(sourcePort) },
      local: { host: canonicalIp(destination), port: Number(destinationPort) },
    },
  };
}

/** Whether the field at this place is one, or begins one. */
function fits(field: string, at: number, family: 4 | 6, isWhole: boolean): boolean {
  switch (at) {
    case 0:
      return isWhole ? field === "PROXY" : "PROXY".startsWith(field);
    case 1:
      return protocols.some((each) => (isWhole ? each === field : each.startsWith(field)));
    case 2:
    case 3:
      // A zone belongs to one machine alone.
      if (field.includes("%")) return false;
      return isWhole ? isIP(field) === family : endings.some((ending) => isIP(field + ending) === family);
    default:
      return (!isWhole && field === "") || (/^(0|[1-9]\d{0,4})$/.test(field) && Number(field) <= 0xffff);
  }
}

function local(length: number): ProxyHeader {
  return { kind: "header", length, endpoints: undefined };
}

function malformed(why: string): ProxyHeader {
  return { kind: "malformed", why };
}
