import { parseBinaryHeader } from "./proxy-header-binary.ts";
import { parseTextHeader } from "./proxy-header-text.ts";
import type { Endpoints } from "./socket-stream.ts";

/** What the first bytes of a connection are, read as a PROXY header. */
export type ProxyHeader =
  /** The beginning of one. */
  | { readonly kind: "more" }
  /** None, whatever may follow. */
  | { readonly kind: "malformed"; readonly why: string }
  /** One of `length` bytes; without endpoints it says that those of the connection itself are the right ones. */
  | { readonly kind: "header"; readonly length: number; readonly endpoints: Endpoints | undefined };

const letterP = 0x50;
const carriageReturn = 0x0d;

/**
 * Reads the header of the PROXY protocol, version 1 or 2, that `bytes` begin with (HAProxy's proxy-protocol.txt of 2020/03/05).
 * `bytes` are all that came so far. It is malformed as soon as nothing that may follow could make it a header.
 */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader {
  switch (bytes[0]) {
    case undefined:
      return { kind: "more" };
    case letterP:
      return parseTextHeader(bytes);
    case carriageReturn:
      return parseBinaryHeader(bytes);
    default:
      return { kind: "malformed", why: "its first byte begins no header" };
  }
}
