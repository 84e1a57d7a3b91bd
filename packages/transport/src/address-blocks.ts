import { BlockList, isIP } from "node:net";
import { ParleyError } from "@parley/core";

/** Addresses and blocks of them, IPv4 and IPv6; an IPv4 address is the same as its IPv4-mapped IPv6 form (RFC 4291, 2.5.5.2). */
export class AddressBlocks {
  readonly #blocks = new BlockList();

  /**
   * @param option what to call the list in an error.
   * @param blocks each an address, or a block in CIDR notation (RFC 4632, RFC 4291 section 2.3).
   * @throws ParleyError `bad-option`.
   */
  constructor(option: string, blocks: readonly string[]) {
    for (const block of blocks) {
      const [address = "", prefix, ...rest] = block.split("/");
      const family = isIP(address);
      if (family === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)))
        throw wrong(option, block);
      const bits = family === 4 ? 32 : 128;
      if (Number(prefix ?? bits) > bits) throw wrong(option, block);
      this.#blocks.addSubnet(address, Number(prefix ?? bits), family === 4 ? "ipv4" : "ipv6");
    }
  }

  has(address: string): boolean {
    return this.#blocks.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
  }
}

/** The IP address in the URL of one, without its port and its zone; undefined if there is none, as with a Unix socket. */
export function ipAddressOf(url: string): string | undefined {
  const [, inBrackets, plain] = /^[a-z+]+:\/\/(?:\[([^\]%]+)(?:%[^\]]*)?\]|([^:/]+)):\d+$/.exec(url) ?? [];
  const address = inBrackets ?? plain ?? "";
  return isIP(address) === 0 ? undefined : address;
}

function wrong(option: string, block: string): ParleyError {
  return new ParleyError(
    "bad-option",
    `${option} has ${JSON.stringify(block)}, which is no block of addresses; write it like "10.0.0.0/8", "2001:db8::/32" or "192.0.2.1".`,
  );
}
