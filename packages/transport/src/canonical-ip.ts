import { SocketAddress } from "node:net";

/** An IP address in the one spelling that sockets tell it in: that of RFC 5952 where it is an IPv6 address. */
export function canonicalIp(address: string): string {
  return address.includes(":") ? new SocketAddress({ address, family: "ipv6" }).address : address;
}
