import type { Socket } from "node:net";
import { checkInteger, ParleyError, withDefaults } from "@parley/core";
import { formatEndpoint } from "./address.ts";
import { AddressBlocks } from "./address-blocks.ts";
import type { Passage } from "./passage.ts";
import { readProxyHeader } from "./proxy-header-reader.ts";

/** Whose PROXY headers a listener believes. */
export interface ProxyProtocolOptions {
  /**
   * The proxies that are believed: addresses, blocks of them in CIDR notation, and `"unix"` for whoever connects to a Unix
   * socket. Each must send a header; what comes from elsewhere is taken as it is.
   */
  readonly from: readonly string[];
  /** How long the header may take from the connection's acceptance, however it trickles in. From 1 ms. Default 5,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** How many connections may be without their header at a time; one beyond is reset. From 1. Default 1,024. */
  readonly maxPending?: number | undefined;
}

interface ProxyProtocolLimits {
  readonly timeoutMs: number;
  readonly maxPending: number;
}

/** The defaults of {@link ProxyProtocolOptions}. */
export const proxyProtocolDefaults: Readonly<ProxyProtocolLimits> = Object.freeze({
  timeoutMs: 5_000,
  maxPending: 1_024,
});

const unix = "unix";
const advice = "have that proxy send one (in HAProxy: send-proxy-v2), or take it out of proxyProtocol.from";

/**
 * The passage that reads a PROXY header from every socket of the proxies in `from`, and from no other. A socket without one, or
 * whose address is already lost, is reset and told as `malformed`.
 * @throws ParleyError `bad-option`.
 */
export function proxyPassage(options: ProxyProtocolOptions): Passage {
  const { timeoutMs, maxPending } = withDefaults<ProxyProtocolLimits>(proxyProtocolDefaults, options);
  checkInteger("proxyProtocol.timeoutMs", timeoutMs, 1, 0x7fff_0000);
  checkInteger("proxyProtocol.maxPending", maxPending, 1);
  if (options.from.length === 0) {
    throw new ParleyError(
      "bad-option",
      "proxyProtocol.from is empty, so that no header would be read; give the addresses of the proxies.",
    );
  }
  const believed = new AddressBlocks(
    "proxyProtocol.from",
    options.from.filter((block) => block !== unix),
  );
  const believesUnix = options.from.includes(unix);
  let pending = 0;
  return (socket, proceed, failed) => {
    const isUnix = isUnixSocket(socket);
    const { remoteAddress = "", remotePort = 0 } = socket;
    const from = isUnix ? "the Unix socket" : formatEndpoint(remoteAddress, remotePort);
    const refuse = (why: string): void => {
      if (isUnix) socket.destroy();
      else socket.resetAndDestroy();
      failed(new ParleyError("malformed", `No PROXY header came from ${from}: ${why}`, { blame: "remote" }));
    };
    if (!isUnix && remoteAddress === "") return refuse("the connection was lost before it was accepted.");
    const isBelieved = isUnix ? believesUnix : believed.has(remoteAddress);
    if (!isBelieved) return proceed();
    if (pending >= maxPending)
      return refuse(`${pending} connections wait for theirs already; raise proxyProtocol.maxPending.`);
    pending += 1;
    readProxyHeader(socket, timeoutMs, (outcome) => {
      pending -= 1;
      if (outcome.kind === "complete") proceed(outcome.endpoints);
      else if (outcome.kind === "missing") refuse(`${outcome.why}; ${advice}.`);
    });
  };
}

/** Only a Unix socket has no address of its own; that of the other side a TCP socket may have lost. */
function isUnixSocket({ localAddress }: Socket): boolean {
  return localAddress === undefined;
}
