import { checkInteger, withDefaults } from "@parley/core";

/** Options of `udpListener`. */
export interface UdpListenerOptions {
  /**
   * How many remote addresses may have a connection at a time; a datagram of one more is dropped. From 1. Default 10,000.
   */
  readonly maxConnections?: number | undefined;
  /**
   * For how long no datagram may pass, either way, before a connection ends as if the other side had said so. It is looked at every quarter
   * of that. From 1 ms. Default 60,000 ms.
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * How many bytes are kept for a connection that does not read, each datagram counted with 128 besides its own; datagrams beyond are
   * dropped. From 1. Default 256 KiB.
   */
  readonly maxQueuedBytes?: number | undefined;
  /**
   * How many bytes the system keeps of what has come and was not taken yet, for all connections together: `SO_RCVBUF`, socket(7). The
   * system has a largest size of its own (`net.core.rmem_max`), and goes no further without a word. From 1. Default: the system's.
   */
  readonly receiveBufferBytes?: number | undefined;
}

/** The options, complete. */
export interface UdpLimits {
  readonly maxConnections: number;
  readonly idleTimeoutMs: number;
  readonly maxQueuedBytes: number;
  readonly receiveBufferBytes: number | undefined;
}

/** The defaults of {@link UdpListenerOptions}. */
export const udpListenerDefaults: Readonly<UdpLimits> = Object.freeze({
  maxConnections: 10_000,
  idleTimeoutMs: 60_000,
  maxQueuedBytes: 256 * 1024,
  receiveBufferBytes: undefined,
});

/** The options with their defaults, checked. @throws ParleyError `bad-option`. */
export function udpLimits(given: UdpListenerOptions): UdpLimits {
  const limits = withDefaults<UdpLimits>(udpListenerDefaults, given);
  checkInteger("maxConnections", limits.maxConnections, 1);
  checkInteger("idleTimeoutMs", limits.idleTimeoutMs, 1, 0x7fff_ffff);
  checkInteger("maxQueuedBytes", limits.maxQueuedBytes, 1);
  if (limits.receiveBufferBytes !== undefined)
    checkInteger("receiveBufferBytes", limits.receiveBufferBytes, 1, 0x7fff_ffff);
  return Object.freeze(limits);
}
