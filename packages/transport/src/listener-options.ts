import { checkInteger, withDefaults } from "@parley/core";
import type { Passage } from "./passage.ts";
import { type ProxyProtocolOptions, proxyPassage } from "./proxy-protocol.ts";

/** Options of `socketListener`, and of every other listener whose connections are sockets. */
export interface SocketListenerOptions {
  /**
   * TCP keep-alive: for how long nothing may come from the other side before the system asks whether it is still there. It then
   * asks each second, ten times (libuv fixes both), and the connection is closed as `reset` if no answer comes. Rounded up to whole
   * seconds; from 1,000 ms to 32,767,000 ms, or Infinity: never. Unix sockets need none. Default 60,000 ms.
   */
  readonly keepAliveMs?: number | undefined;
  /**
   * How many connections the kernel completes and keeps until they are accepted; the system may cap it, as Linux does at
   * `net.core.somaxconn`. Admission itself is the server's. From 1. Default 511.
   */
  readonly kernelBacklog?: number | undefined;
  /** Proxies in front that tell by the PROXY protocol whom they speak for. Default none, and no header is looked for. */
  readonly proxyProtocol?: ProxyProtocolOptions | undefined;
}

interface ListenerLimits {
  readonly keepAliveMs: number;
  readonly kernelBacklog: number;
}

/** The options with their defaults, and what comes of them. */
export interface ListenerSettings extends ListenerLimits {
  /** What accepted sockets pass first; undefined for nothing. */
  readonly passage: Passage | undefined;
}

/** The defaults of {@link SocketListenerOptions}. */
export const socketListenerDefaults: Readonly<ListenerLimits> = Object.freeze({
  keepAliveMs: 60_000,
  kernelBacklog: 511,
});

/** Linux's `MAX_TCP_KEEPIDLE`. */
const maxKeepAliveMs = 32_767_000;

/** The options with their defaults. @throws ParleyError `bad-option`. */
export function listenerSettings(given: SocketListenerOptions): ListenerSettings {
  const limits = withDefaults<ListenerLimits>(socketListenerDefaults, given);
  if (limits.keepAliveMs !== Number.POSITIVE_INFINITY)
    checkInteger("keepAliveMs", limits.keepAliveMs, 1_000, maxKeepAliveMs);
  checkInteger("kernelBacklog", limits.kernelBacklog, 1, 0x7fff_ffff);
  return { ...limits, passage: given.proxyProtocol && proxyPassage(given.proxyProtocol) };
}
