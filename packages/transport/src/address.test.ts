import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Address, formatAddress, parseAddress } from "./address.ts";

const port = fc.integer({ min: 0, max: 65_535 });
/** In the one spelling of the several of RFC 5952 that URLs keep. */
const ipV6 = fc.ipV6().map((host) => new URL(`tcp://[${host}]:1`).hostname.slice(1, -1));
const tcp: fc.Arbitrary<Address> = fc.record({
  scheme: fc.constant("tcp" as const),
  host: fc.oneof(fc.ipV4(), ipV6, fc.domain()),
  port,
});
const tcp6: fc.Arbitrary<Address> = fc.record({
  scheme: fc.constant("tcp" as const),
  host: ipV6,
  port,
  ipv6only: fc.constant(true as const),
});
const udp: fc.Arbitrary<Address> = fc
  .oneof(tcp, tcp6)
  .map((address) => ({ ...address, scheme: "udp" }) as Address);
const fd: fc.Arbitrary<Address> = fc.oneof(
  fc.constant({ scheme: "fd" as const }),
  fc.record({ scheme: fc.constant("fd" as const), fd: fc.integer({ min: 0, max: 999_999_999 }) }),
);
const segment = fc
  .string({ unit: "grapheme", minLength: 1 })
  .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== "..");
const unix: fc.Arbitrary<Address> = fc.record(
  {
    scheme: fc.constant("unix" as const),
    path: fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join("/")}`),
    mode: fc.integer({ min: 0, max: 0o777 }),
  },
  { requiredKeys: ["scheme", "path"] },
);

describe("an address", () => {
  it.each<[string, Address]>([
    ["tcp://127.0.0.1:6666", { scheme: "tcp", host: "127.0.0.1", port: 6666 }],
    ["tcp://[::1]:0", { scheme: "tcp", host: "::1", port: 0 }],
    ["tcp://localhost:80", { scheme: "tcp", host: "localhost", port: 80 }],
    ["tcp://localhost:80/", { scheme: "tcp", host: "localhost", port: 80 }],
    ["tcp://b%C3%BCro:1", { scheme: "tcp", host: "büro", port: 1 }],
    ["unix:///run/echo.sock", { scheme: "unix", path: "/run/echo.sock" }],
    ["unix:///run/a%20b%23%3F%25.sock", { scheme: "unix", path: "/run/a b#?%.sock" }],
    ["tcp://[::]:80?ipv6only=true", { scheme: "tcp", host: "::", port: 80, ipv6only: true }],
    ["tcp://[::]:80?ipv6only=false", { scheme: "tcp", host: "::", port: 80 }],
    ["unix:///x?mode=660", { scheme: "unix", path: "/x", mode: 0o660 }],
    ["unix:///x?mode=0600", { scheme: "unix", path: "/x", mode: 0o600 }],
    ["udp://127.0.0.1:6666", { scheme: "udp", host: "127.0.0.1", port: 6666 }],
    ["udp://[::]:0?ipv6only=true", { scheme: "udp", host: "::", port: 0, ipv6only: true }],
    ["fd://3", { scheme: "fd", fd: 3 }],
    ["fd://", { scheme: "fd" }],
    ["unix:///tmp/%E6%97%A5%E6%9C%AC", { scheme: "unix", path: "/tmp/日本" }],
  ])("is read from %s", (url, address) => {
    expect(parseAddress(url)).toEqual(address);
  });

  it.each([
    ["", "not a URL"],
    ["6666", "not a URL"],
    ["127.0.0.1:6666", "not a URL"],
    ["localhost:6666", "the scheme localhost:// is not known"],
    ["http://127.0.0.1:80", "the scheme http:// is not known"],
    ["tcp://127.0.0.1", "the port is missing"],
    ["tcp://127.0.0.1:65536", "a port up to 65535"],
    ["tcp://127.0.0.1:-1", "not a URL"],
    ["tcp://:80", "host"],
    ["tcp:6666", "the host is missing"],
    ["tcp://::1:80", "not a URL"],
    ["tcp://127.0.0.1:80/path", "has no path"],
    ["tcp://user@127.0.0.1:80", "more than a place"],
    ["tcp://127.0.0.1:80?x", "more than a place"],
    ["tcp://127.0.0.1:80#x", "more than a place"],
    ["tcp://a%FF:80", "percent-encoding"],
    ["tcp://a%3Ab:80", "neither a name nor an IP address"],
    ["tcp://a%2Fb:80", "neither a name nor an IP address"],
    ["tcp://a%20b:80", "neither a name nor an IP address"],
    ["tcp://a%1Bb:80", "neither a name nor an IP address"],
    ["unix:///", "the path is missing"],
    ["unix://", "the path is missing"],
    ["unix://run/echo.sock", "three slashes"],
    ["unix:echo.sock", "three slashes"],
    ["unix:///a%00b", "percent-encoding"],
    ["unix:///a%zz", "percent-encoding"],
    ["unix:///a?b", "more than a place"],
    ["unix:///a?mode=999", "like ?mode=660"],
    ["unix:///a?mode=1777", "like ?mode=660"],
    ["unix:///a?mode=660&mode=600", "like ?mode=660"],
    ["tcp://127.0.0.1:80?ipv6only=true", "belongs to an IPv6 address"],
    ["tcp://[::]:80?ipv6only=1", "?ipv6only=true"],
    ["udp://127.0.0.1", "the port is missing"],
    ["udp://127.0.0.1:80/path", "has no path"],
    ["udp://0.0.0.0:80?ipv6only=true", "belongs to an IPv6 address"],
    ["fd://x", "a descriptor is a number"],
    ["fd://-1", "a descriptor is a number"],
    ["fd://3/x", "more than a place"],
    ["fd:3", "more than a place"],
  ])("is not %j", (url, why) => {
    expect(() => parseAddress(url)).toThrow(
      expect.objectContaining({
        code: "bad-address",
        message: expect.stringContaining(why) as string,
      }),
    );
    expect(() => parseAddress(url)).toThrow("Write it like tcp://127.0.0.1:6666");
  });

  it("survives being written and read", () => {
    // fast-check's failure names the seed that replays it.
    fc.assert(
      fc.property(fc.oneof(tcp, tcp6, udp, unix, fd), (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is read or refused with a code, whatever the text", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.webUrl(),
      fc.string({ unit: "binary" }).map((rest) => `tcp://${rest}`),
      fc.string({ unit: "binary-ascii" }).map((host) => `tcp://${encodeURIComponent(host)}:80`),
      fc.string({ unit: "binary" }).map((rest) => `unix:///${rest}`),
    );
    fc.assert(
      fc.property(text, (url) => {
        let address: Address;
        try {
          address = parseAddress(url);
        } catch (error) {
          expect(error).toMatchObject({ code: "bad-address" });
          return;
        }
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
      { numRuns: 5_000 },
    );
  });
});
