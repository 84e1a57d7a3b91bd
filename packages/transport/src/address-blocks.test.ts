import { describe, expect, it } from "vitest";
import { AddressBlocks, ipAddressOf } from "./address-blocks.ts";

describe("blocks of addresses", () => {
  const blocks = new AddressBlocks("from", [
    "10.0.0.0/8",
    "192.0.2.7",
    "2001:db8::/32",
    "::ffff:198.51.100.0/120",
  ]);

  it.each(["10.1.2.3", "::ffff:10.1.2.3", "::ffff:a01:203", "192.0.2.7", "2001:db8:1::1", "198.51.100.9"])(
    "have %s",
    (address) => expect(blocks.has(address)).toBe(true),
  );

  it.each(["11.1.2.3", "::ffff:11.1.2.3", "192.0.2.8", "2001:db9::1", "::1"])("have not %s", (address) =>
    expect(blocks.has(address)).toBe(false),
  );

  it.each(["", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "10.0.0.0/8/8", "::/129", "a.example"])(
    "refuse %j, and name the option",
    (block) => {
      expect(() => new AddressBlocks("from", [block])).toThrow(
        expect.objectContaining({
          code: "bad-option",
          message: expect.stringContaining(`from has ${JSON.stringify(block)}`) as string,
        }),
      );
    },
  );
});

describe("the IP address in a URL", () => {
  it.each([
    ["tcp://10.1.2.3:80", "10.1.2.3"],
    ["tls://[2001:db8::1]:80", "2001:db8::1"],
    ["tcp://[fe80::1%eth0]:80", "fe80::1"],
    ["unix:///run/10.1.2.3:80", undefined],
    ["tcp://a.example:80", undefined],
  ])("%s is %s", (url, address) => expect(ipAddressOf(url)).toBe(address));
});
