import { ipAddressOf } from "@parley/transport";

/**
 * What counts as one address in a limit per address: an IPv4 address; of IPv6 the /64 network, all of which one subscriber
 * usually has (RFC 6177); undefined for who has no address, as with a Unix socket.
 */
export function addressKey(url: string): string | undefined {
  const address = ipAddressOf(url);
  return address?.includes(":") === true ? network64(address) : address;
}

function network64(address: string): string {
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const behind = tail === "" ? [] : tail.split(":");
    // An IPv4 address at the end stands for two groups.
    const length = behind.length + (behind.at(-1)?.includes(".") === true ? 1 : 0);
    while (groups.length + length < 8) groups.push("0");
    groups.push(...behind);
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
