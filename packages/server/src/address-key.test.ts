import { describe, expect, it } from "vitest";
import { addressKey } from "./address-key.ts";

describe("what counts as one address", () => {
  it.each([
    ["tcp://192.0.2.7:4711", "192.0.2.7"],
    ["tls://192.0.2.7:4712", "192.0.2.7"],
    ["udp://[2001:db8:1:2:3:4:5:6]:1", "2001:db8:1:2::/64"],
    ["tcp://[2001:db8:1:2::1]:1", "2001:db8:1:2::/64"],
    ["tcp://[2001:db8:1:2:ffff::]:1", "2001:db8:1:2::/64"],
    ["tcp://[2001:db8::1]:1", "2001:db8:0:0::/64"],
    ["tcp://[::1]:1", "0:0:0:0::/64"],
    ["tcp://[fe80::1%eth0]:1", "fe80:0:0:0::/64"],
    ["tcp://[64:ff9b::192.0.2.7]:1", "64:ff9b:0:0::/64"],
    ["unix:///run/a.sock", undefined],
    ["memory://here/1", undefined],
  ])("%s is %s", (url, key) => {
    expect(addressKey(url)).toBe(key);
  });
});
