import { deepStrictEqual, ok } from "node:assert/strict";
import { ParleyError } from "@parley/core";
import { type Address, AddressBlocks, formatAddress, parseAddress, parseTlsAddress } from "@parley/transport";

/** An address is refused as `bad-address`, or written so that it is read again; so are blocks of addresses. */
export function fuzz(data: Uint8Array): void {
  const text = Buffer.from(data).toString();
  const address = refusable("bad-address", () => parseAddress(text)) as Address | undefined;
  if (address !== undefined) deepStrictEqual(parseAddress(formatAddress(address)), address);
  const tls = refusable("bad-address", () => parseTlsAddress(text)) as Address | undefined;
  if (tls !== undefined) ok(tls.scheme === "tcp", `a TLS address is one of ${tls.scheme}`);
  refusable("bad-option", () => new AddressBlocks("blocks", text.split(",")));
}

function refusable(code: string, work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    ok(error instanceof ParleyError && error.code === code, `it threw ${String(error)}`);
    return undefined;
  }
}
