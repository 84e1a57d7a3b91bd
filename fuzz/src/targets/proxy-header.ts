import { deepStrictEqual, ok } from "node:assert/strict";
import { isIP } from "node:net";
import { Choices } from "../choices.ts";
import { innerModule } from "../inner-module.ts";

interface Endpoint {
  readonly host: string;
  readonly port: number;
}
interface Header {
  readonly kind: "more" | "malformed" | "header";
  readonly length?: number;
  readonly endpoints?: { readonly remote: Endpoint; readonly local: Endpoint };
}
const { parseProxyHeader } = (await innerModule("@parley/transport", "proxy-header")) as {
  parseProxyHeader(bytes: Uint8Array): Header;
};

const maxHeaderBytes = 4_096;
const maxLineBytes = 107;

/**
 * The verdict over what came stands once it is reached, whatever follows; it is reached within the longest header; what the header
 * tells are IP addresses and ports, which a line with the same ones tells again.
 */
export function fuzz(data: Uint8Array): void {
  const { bytes, cuts } = new Choices(data).pieces();
  const last = parseProxyHeader(bytes);
  const end = last.length ?? bytes.length;
  const lengths = [...Array(Math.min(bytes.length, maxLineBytes + 1)).keys(), ...cuts, end - 1, end];
  for (const length of lengths.filter((each) => each >= 0 && each <= bytes.length)) {
    const early = parseProxyHeader(bytes.subarray(0, length));
    // Of several things that are wrong, the one that is seen first is told.
    if (early.kind === "malformed") ok(last.kind === "malformed", `malformed after ${length} bytes`);
    if (early.kind === "header") deepStrictEqual(early, last, `a header after ${length} bytes`);
    if (last.kind === "header") ok((early.kind === "more") === length < end, `${early.kind} after ${length}`);
  }
  if (last.kind === "more") ok(bytes.length < maxHeaderBytes, `more is wanted than ${bytes.length} bytes`);
  if (last.kind !== "header") return;
  ok(end > 0 && end <= Math.min(bytes.length, maxHeaderBytes), `a header of ${end} bytes`);
  if (last.endpoints !== undefined) checkEndpoints(last.endpoints);
}

function checkEndpoints(endpoints: NonNullable<Header["endpoints"]>): void {
  const { remote, local } = endpoints;
  for (const { host, port } of [remote, local]) {
    ok(isIP(host) !== 0, `${host} is no address`);
    ok(Number.isInteger(port) && port >= 0 && port <= 0xffff, `${port} is no port`);
  }
  // An address within an IPv6 one may be told as the IPv4 one that it is.
  if (isIP(remote.host) !== isIP(local.host)) return;
  const line = `PROXY TCP${isIP(remote.host)} ${remote.host} ${local.host} ${remote.port} ${local.port}\r\n`;
  deepStrictEqual(parseProxyHeader(Buffer.from(line)), { kind: "header", length: line.length, endpoints });
}
