import { isIP, SocketAddress } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressBlock, binaryHeader, tcp4Endpoints, textHeader, value } from "../test/proxy-headers.ts";
import { type ProxyHeader, parseProxyHeader } from "./proxy-header.ts";
import type { Endpoints } from "./socket-stream.ts";

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");
const parsed = (bytes: string | Uint8Array): ProxyHeader =>
  parseProxyHeader(typeof bytes === "string" ? bytesOf(bytes) : bytes);
const kindOf = (bytes: string | Uint8Array): string => parsed(bytes).kind;

/** What comes of bytes that arrive one by one: the first outcome but `more`. */
function singly(bytes: string | Uint8Array): ProxyHeader {
  for (let count = 0; count < bytes.length; count++) {
    const header = parsed(bytes.slice(0, count));
    if (header.kind !== "more") return header;
  }
  return parsed(bytes);
}

/** The header that all of `bytes` are, without endpoints. */
const silent = (bytes: string | Uint8Array): ProxyHeader => ({
  kind: "header",
  length: bytes.length,
  endpoints: undefined,
});

const port = fc.integer({ min: 0, max: 65_535 });
const pairOf = (host: fc.Arbitrary<string>): fc.Arbitrary<Endpoints> => {
  const endpoint = fc.record({ host, port });
  return fc.record({ remote: endpoint, local: endpoint });
};
/** Eight groups, of which a fair part are zero. */
const ipV6 = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((words) => words.map((word) => word.toString(16)).join(":"));
const endpoints = fc.oneof(pairOf(fc.ipV4()), pairOf(ipV6));

function canonical({ remote, local }: Endpoints): Endpoints {
  const host = (address: string): string =>
    isIP(address) === 6 ? new SocketAddress({ address, family: "ipv6" }).address : address;
  return {
    remote: { ...remote, host: host(remote.host) },
    local: { ...local, host: host(local.host) },
  };
}

const anyHeader = fc.oneof(
  endpoints.map((pair) => ({ bytes: bytesOf(textHeader(pair)), endpoints: canonical(pair) })),
  fc
    .tuple(endpoints, fc.array(fc.tuple(fc.integer({ min: 4, max: 255 }), fc.uint8Array({ maxLength: 40 }))))
    .map(([pair, values]) => ({
      bytes: binaryHeader({
        familyAndTransport: isIP(pair.remote.host) === 4 ? 0x11 : 0x21,
        addresses: addressBlock(pair),
        values: values.map(([type, bytes]) => value(type, bytes)),
      }),
      endpoints: canonical(pair),
    })),
);

describe("a PROXY header", () => {
  it("is told from its beginning and from what stands behind it, in any chunking", () => {
    fc.assert(
      fc.property(anyHeader, fc.uint8Array({ maxLength: 100 }), ({ bytes, endpoints }, payload) => {
        const header = { kind: "header", length: bytes.length, endpoints };
        expect(parsed(Buffer.concat([bytes, payload]))).toEqual(header);
        expect(singly(bytes)).toEqual(header);
        for (let count = 0; count < bytes.length; count++)
          expect(kindOf(bytes.subarray(0, count)), `the first ${count} bytes`).toBe("more");
      }),
    );
  });

  it("is never made of what was malformed before, and nothing makes it throw", () => {
    const start = fc.constantFrom(
      "",
      "P",
      "PROXY TCP4 ",
      "PROXY TCP6 ::",
      "PROXY UNKNOWN",
      "\r\n\r\n\0\r\nQUIT\n",
    );
    const damaged = fc
      .tuple(anyHeader, fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([{ bytes }, at, byte]) =>
        Buffer.from(bytes).fill(byte, at % bytes.length, (at % bytes.length) + 1),
      );
    const anything = fc
      .tuple(start, fc.uint8Array({ maxLength: 300 }))
      .map(([text, bytes]) => Buffer.concat([bytesOf(text), bytes]));
    fc.assert(
      fc.property(fc.oneof(damaged, anything), (bytes) => {
        const whole = parsed(bytes);
        let seen: string = "more";
        for (let count = 0; count <= bytes.length; count++) {
          const { kind } = parsed(bytes.subarray(0, count));
          if (seen !== "more") expect(kind).toBe(seen);
          seen = kind;
        }
        expect(singly(bytes).kind).toBe(whole.kind);
      }),
    );
  });

  it.each(["GET / HTTP/1.1\r\n", "\x16\x03\x01", " PROXY TCP4", "proxy tcp4", "\n", "\0"])(
    "does not begin like %j",
    (bytes) => expect(kindOf(bytes)).toBe("malformed"),
  );

  it("may still come where nothing has come", () => expect(kindOf("")).toBe("more"));
});

describe("a PROXY header of version 1", () => {
  it("tells the endpoints", () => {
    const line = "PROXY TCP4 192.0.2.1 192.0.2.2 4321 80\r\n";
    expect(parsed(`${line}more`)).toEqual({ kind: "header", length: line.length, endpoints: tcp4Endpoints });
  });

  it.each([
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::ffff:c000:201", "::ffff:192.0.2.1"],
    ["::FFFF:192.0.2.1", "::ffff:192.0.2.1"],
  ])("tells the address %s as %s", (written, host) => {
    const line = `PROXY TCP6 ${written} ::1 65535 0\r\n`;
    expect(singly(line)).toEqual({
      kind: "header",
      length: line.length,
      endpoints: { remote: { host, port: 65_535 }, local: { host: "::1", port: 0 } },
    });
  });

  it.each([
    "PROXY UNKNOWN\r\n",
    "PROXY UNKNOWN \r\n",
    "PROXY UNKNOWN a\rb\nc \xff\0\r\r\n",
    `PROXY UNKNOWN ${"x".repeat(91)}\r\n`,
  ])("may tell none: %j", (line) => {
    expect(singly(line)).toEqual(silent(line));
    expect(parsed(`${line}\r\n`)).toEqual(silent(line));
  });

  it("has at most 107 bytes", () => {
    expect(kindOf(`PROXY UNKNOWN ${"x".repeat(91)}\r`)).toBe("more");
    expect(kindOf(`PROXY UNKNOWN ${"x".repeat(92)}`)).toBe("malformed");
    expect(kindOf(`PROXY UNKNOWN ${"x".repeat(92)}\r\n`)).toBe("malformed");
    const mapped = "0000:0000:0000:0000:0000:ffff:255.255.255.255";
    expect(kindOf(`PROXY TCP6 ${mapped} ${mapped} 1 2\r\n`)).toBe("malformed");
  });

  it.each([
    ["PROXY  ", "two spaces"],
    ["PROXY TCP5", "a protocol that is not known"],
    ["PROXY t", "small letters"],
    ["PROXY TCP4\t", "a tab"],
    ["PROXY TCP4 1.2.3.256", "an octet that is too large"],
    ["PROXY TCP4 01", "an octet with a leading zero"],
    ["PROXY TCP4 1.2.3.4.", "a fifth octet"],
    ["PROXY TCP4 1.2.3 ", "an octet too few"],
    ["PROXY TCP4 :", "an address of the other family"],
    ["PROXY TCP4 l", "a name"],
    ["PROXY TCP4 -", "a sign"],
    ["PROXY TCP4  ", "an empty field"],
    ["PROXY TCP6 1.", "an IPv4 address as IPv6"],
    ["PROXY TCP6 12345", "a group that is too long"],
    ["PROXY TCP6 1::2::", "two gaps"],
    ["PROXY TCP6 1:2:3:4:5:6:7:8:", "a ninth group"],
    ["PROXY TCP6 fe80::1%", "a zone"],
    ["PROXY TCP6 [", "brackets"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 65536", "a port that is too large"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 00", "a port with a leading zero"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 +", "a port with a sign"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1e", "a port that is no decimal"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 2 ", "a seventh field"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1\r", "a field too few"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 \r", "an empty port"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", "LF alone"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rx", "CR alone"],
    ["PROXY UNKNOWNx", "letters behind UNKNOWN"],
    ["PROXY UNKNOWN\rx", "CR alone behind UNKNOWN"],
    ["PROXY\r", "nothing in it"],
  ])("is malformed by the last byte of %j: %s", (line) => {
    expect(kindOf(line.slice(0, -1))).toBe("more");
    expect(kindOf(line)).toBe("malformed");
  });
});

describe("a PROXY header of version 2", () => {
  it("tells the endpoints", () => {
    const header = binaryHeader();
    const told = { kind: "header", length: header.length, endpoints: tcp4Endpoints };
    expect(parsed(Buffer.concat([header, header]))).toEqual(told);
  });

  const unix = { familyAndTransport: 0x31, addresses: Buffer.alloc(216) };
  it.each([
    ["of a health check", binaryHeader({ versionAndCommand: 0x20, addresses: Buffer.alloc(0) })],
    ["LOCAL with anything in it", binaryHeader({ versionAndCommand: 0x20, familyAndTransport: 0xff })],
    ["of an unspecified family", binaryHeader({ familyAndTransport: 0x00, addresses: Buffer.alloc(0) })],
    ["of an unspecified family with something in it", binaryHeader({ familyAndTransport: 0x01 })],
    ["of an unspecified transport", binaryHeader({ familyAndTransport: 0x10, addresses: Buffer.alloc(1) })],
    ["of a Unix socket", binaryHeader(unix)],
  ])("tells none %s", (_, header) => {
    expect(singly(header)).toEqual(silent(header));
    expect(parsed(Buffer.concat([header, bytesOf("PROXY")]))).toEqual(silent(header));
  });

  const addressesOf = (count: number): { addresses: Buffer } => ({ addresses: Buffer.alloc(count) });
  it.each([
    ["another signature", Buffer.from("\r\n\r\n\0\r\nQUIT\r"), 12],
    ["version 1", binaryHeader({ versionAndCommand: 0x11 }), 13],
    ["a command that is not known", binaryHeader({ versionAndCommand: 0x22 }), 13],
    ["a family that is not known", binaryHeader({ familyAndTransport: 0x41 }), 14],
    ["a transport that is not known", binaryHeader({ familyAndTransport: 0x13 }), 14],
    ["UDP over IPv4", binaryHeader({ familyAndTransport: 0x12 }), 14],
    ["UDP over IPv6", binaryHeader({ familyAndTransport: 0x22, ...addressesOf(36) }), 14],
    ["Unix datagrams", binaryHeader({ familyAndTransport: 0x32, ...addressesOf(216) }), 14],
    ["no room for IPv4", binaryHeader(addressesOf(11)), 16],
    ["no room for IPv6", binaryHeader({ familyAndTransport: 0x21, ...addressesOf(35) }), 16],
    ["no room for Unix paths", binaryHeader({ familyAndTransport: 0x31, ...addressesOf(215) }), 16],
    ["4,097 bytes", binaryHeader({ length: 4_081 }), 16],
    ["65,551 bytes", binaryHeader({ length: 65_535 }), 15],
    ["65,551 bytes, LOCAL", binaryHeader({ versionAndCommand: 0x20, length: 65_535 }), 15],
    ["a value beyond its end", binaryHeader({ values: [value(4, Buffer.alloc(2), 3)] }), 33],
    ["half a value's length", binaryHeader({ values: [Buffer.of(4, 0)] }), 30],
    ["a checksum of three bytes", binaryHeader({ values: [value(3, Buffer.alloc(3))] }), 34],
  ])("is malformed with %s, at once", (_, header, by) => {
    expect(kindOf(header.subarray(0, by - 1))).toBe("more");
    expect(kindOf(header.subarray(0, by))).toBe("malformed");
    expect(kindOf(header)).toBe("malformed");
  });

  it("may have 4,096 bytes", () => {
    const header = binaryHeader({ values: [value(0x20, Buffer.alloc(4_065))] });
    expect(parsed(header)).toEqual({ kind: "header", length: 4_096, endpoints: tcp4Endpoints });
  });

  it("is verified by its checksum, if it has one", () => {
    const checksum = Buffer.from("cfc98301", "hex");
    const header = binaryHeader({ values: [value(4, Buffer.alloc(0)), value(3, checksum)] });
    expect(parsed(header)).toEqual({ kind: "header", length: header.length, endpoints: tcp4Endpoints });
    const ofAddresses = Array.from({ length: 12 }, (_, at) => 16 + at);
    const ofChecksum = Array.from({ length: 4 }, (_, at) => header.length - 4 + at);
    for (const at of [...ofAddresses, ...ofChecksum]) {
      const damaged = Buffer.from(header);
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(kindOf(damaged), `with byte ${at} damaged`).toBe("malformed");
    }
    // The second of these is right, over the zeros of the first.
    const twice = binaryHeader({
      values: [value(3, Buffer.alloc(4)), value(3, Buffer.from("32238484", "hex"))],
    });
    expect(kindOf(twice)).toBe("malformed");
  });
});
