import { ParleyError } from "@parley/core";

/**
 * Where one listens or dials, as a URL in parts. What only a listener heeds is ignored by a dial, so that both ends may be
 * given the same URL: `ipv6only`, `mode`.
 */
export type Address =
  | {
      readonly scheme: "tcp";
      readonly host: string;
      readonly port: number;
      /** Listen at `::` for IPv6 alone; by default `::` takes IPv4 as well (`IPV6_V6ONLY`, RFC 3493). */
      readonly ipv6only?: true;
    }
  | {
      readonly scheme: "udp";
      readonly host: string;
      readonly port: number;
      /** As for `tcp`. */
      readonly ipv6only?: true;
    }
  | {
      readonly scheme: "unix";
      readonly path: string;
      /** The permission bits of the socket file, such as 0o660. Default 0o600. */
      readonly mode?: number;
    }
  | {
      readonly scheme: "fd";
      /** An inherited descriptor that listens already; without it, all that `LISTEN_FDS` tells of. */
      readonly fd?: number;
    };

/** An address of the scheme `udp`. */
export type UdpAddress = Extract<Address, { readonly scheme: "udp" }>;

/** An address of the scheme `tcp`. */
export type TcpAddress = Extract<Address, { readonly scheme: "tcp" }>;

type Wrong = (why: string) => ParleyError;

const forms = "tcp://127.0.0.1:6666, tcp://[::1]:0 or unix:///run/service.sock";

/**
 * Takes an address apart: `tcp://HOST:PORT` (a name, an IPv4 address, or an IPv6 address in brackets; port 0 is any free
 * one; `?ipv6only=true` behind an IPv6 address), `udp://HOST:PORT` likewise, `unix:///PATH`, percent-encoded as in RFC 3986
 * (`?mode=660`, octal), `fd://3`, or `fd://` for socket activation.
 * @throws ParleyError `bad-address`.
 */
export function parseAddress(url: string): Address {
  const wrong: Wrong = (why) =>
    new ParleyError("bad-address", `${JSON.stringify(url)} is no address: ${why}. Write it like ${forms}.`);
  let parts: URL;
  try {
    parts = new URL(url);
  } catch {
    throw wrong("it is not a URL with a scheme, a host and a port up to 65535");
  }
  if (parts.hash !== "" || parts.username !== "" || parts.password !== "") throw wrong(surplus);
  switch (parts.protocol) {
    case "tcp:":
      return { scheme: "tcp", ...endpoint(parts, wrong) };
    case "udp:":
      return { scheme: "udp", ...endpoint(parts, wrong) };
    case "unix:":
      // `unix:a` has no host, and a path without its slash.
      if (parts.host !== "" || /^[^/]/.test(parts.pathname))
        throw wrong("a Unix path is absolute, so it begins after three slashes");
      if (parts.pathname === "" || parts.pathname === "/") throw wrong("the path is missing");
      return { scheme: "unix", path: decode(parts.pathname, wrong), ...mode(parts.search, wrong) };
    case "fd:":
      return fd(parts, wrong);
    case "tls:":
      throw wrong("TLS takes more than an address: use tlsListener or tlsDial, with their options");
    default:
      throw wrong(`the scheme ${parts.protocol}// is not known`);
  }
}

const surplus = "it has more than a place to listen or dial at";

function endpoint(parts: URL, wrong: Wrong): { host: string; port: number; ipv6only?: true } {
  if (parts.hostname === "") throw wrong("the host is missing");
  if (parts.port === "") throw wrong("the port is missing");
  if (parts.pathname !== "" && parts.pathname !== "/") throw wrong("an address with a port has no path");
  const address = { host: host(parts.hostname, wrong), port: Number(parts.port) };
  switch (parts.search) {
    case "":
    case "?ipv6only=false":
      return address;
    case "?ipv6only=true":
      if (!address.host.includes(":")) throw wrong("ipv6only belongs to an IPv6 address such as [::]");
      return { ...address, ipv6only: true };
    default:
      throw wrong(`${surplus}; the one option is ?ipv6only=true`);
  }
}

function mode(search: string, wrong: Wrong): { mode?: number } {
  if (search === "") return {};
  const octal = /^\?mode=0?([0-7]{3})$/.exec(search)?.[1];
  if (octal === undefined) throw wrong(`${surplus}; the one option is the file's mode, like ?mode=660`);
  return { mode: Number.parseInt(octal, 8) };
}

function fd(parts: URL, wrong: Wrong): Address {
  if (parts.pathname !== "" || parts.search !== "") throw wrong(surplus);
  if (parts.host === "") return { scheme: "fd" };
  if (!/^(0|[1-9]\d{0,8})$/.test(parts.host)) throw wrong("a descriptor is a number, like fd://3");
  return { scheme: "fd", fd: Number(parts.host) };
}

function host(hostname: string, wrong: Wrong): string {
  if (hostname.startsWith("[")) return hostname.slice(1, -1);
  const name = decode(hostname, wrong);
  if (/^[\p{L}\p{M}\p{N}._-]+$/u.test(name)) return name;
  throw wrong("the host is neither a name nor an IP address");
}

function decode(encoded: string, wrong: Wrong): string {
  try {
    const decoded = decodeURIComponent(encoded);
    if (!decoded.includes("\0")) return decoded;
  } catch {}
  throw wrong("its percent-encoding is not that of a text");
}

/**
 * The TCP address that a `tls://HOST:PORT` URL stands for, with the options of a `tcp://` one.
 * @throws ParleyError `bad-address`.
 */
export function parseTlsAddress(url: string): TcpAddress {
  if (!url.startsWith("tls://")) {
    throw new ParleyError(
      "bad-address",
      `${JSON.stringify(url)} is no TLS address. Write it like tls://127.0.0.1:6666.`,
    );
  }
  return parseAddress(`tcp${url.slice(3)}`) as TcpAddress;
}

/** The URL of an address; the inverse of {@link parseAddress}. */
export function formatAddress(address: Address): string {
  switch (address.scheme) {
    case "fd":
      return `fd://${address.fd ?? ""}`;
    case "unix": {
      const path = address.path.split("/").map(encodeURIComponent).join("/");
      return `unix://${path}${address.mode === undefined ? "" : `?mode=${octalMode(address.mode)}`}`;
    }
    case "tcp":
    case "udp":
      return `${address.scheme}://${formatEndpoint(address.host, address.port)}${address.ipv6only ? "?ipv6only=true" : ""}`;
  }
}

function octalMode(bits: number): string {
  return bits.toString(8).padStart(3, "0");
}

/** `HOST:PORT` as a URL has it: an IPv6 address in brackets, RFC 3986 section 3.2.2. */
export function formatEndpoint(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** An IPv4 address as itself also where a dual-stack socket tells it as `::ffff:127.0.0.1` (RFC 4291 section 2.5.5.2). */
export function unmapped(host: string): string {
  return host.startsWith("::ffff:") && host.includes(".") ? host.slice(7) : host;
}
