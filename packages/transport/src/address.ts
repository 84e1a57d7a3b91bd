import { ParleyError } from "@parley/core";

/** Where one listens or dials, as a URL in parts. */
export type Address =
  | { readonly scheme: "tcp"; readonly host: string; readonly port: number }
  | { readonly scheme: "unix"; readonly path: string };

const forms = "tcp://127.0.0.1:6666, tcp://[::1]:0 or unix:///run/service.sock";

/**
 * Takes an address apart: `tcp://HOST:PORT` (a name, an IPv4 address, or an IPv6 address in brackets; port 0 is any free
 * one) or `unix:///PATH`, percent-encoded as in RFC 3986.
 * @throws ParleyError `bad-address`.
 */
export function parseAddress(url: string): Address {
  const wrong = (why: string): ParleyError =>
    new ParleyError("bad-address", `${JSON.stringify(url)} is no address: ${why}. Write it like ${forms}.`);
  let parts: URL;
  try {
    parts = new URL(url);
  } catch {
    throw wrong("it is not a URL with a scheme, a host and a port up to 65535");
  }
  if (parts.search !== "" || parts.hash !== "" || parts.username !== "" || parts.password !== "") {
    throw wrong("it has more than a place to listen or dial at");
  }
  switch (parts.protocol) {
    case "tcp:":
      if (parts.hostname === "") throw wrong("the host is missing");
      if (parts.port === "") throw wrong("the port is missing");
      if (parts.pathname !== "" && parts.pathname !== "/") throw wrong("a TCP address has no path");
      return {
        scheme: "tcp",
        host: host(parts.hostname, wrong),
        port: Number(parts.port),
      };
    case "unix:":
      if (parts.host !== "") throw wrong("a Unix path is absolute, so it begins after three slashes");
      if (parts.pathname === "" || parts.pathname === "/") throw wrong("the path is missing");
      return { scheme: "unix", path: decode(parts.pathname, wrong) };
    default:
      throw wrong(`the scheme ${parts.protocol}// is not known`);
  }
}

function host(hostname: string, wrong: (why: string) => ParleyError): string {
  if (hostname.startsWith("[")) return hostname.slice(1, -1);
  const name = decode(hostname, wrong);
  if (/^[\p{L}\p{M}\p{N}._-]+$/u.test(name)) return name;
  throw wrong("the host is neither a name nor an IP address");
}

function decode(encoded: string, wrong: (why: string) => ParleyError): string {
  try {
    const decoded = decodeURIComponent(encoded);
    if (!decoded.includes("\0")) return decoded;
  } catch {}
  throw wrong("its percent-encoding is not that of a text");
}

/** The URL of an address; the inverse of {@link parseAddress}. */
export function formatAddress(address: Address): string {
  if (address.scheme === "unix") return `unix://${address.path.split("/").map(encodeURIComponent).join("/")}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `tcp://${host}:${address.port}`;
}
