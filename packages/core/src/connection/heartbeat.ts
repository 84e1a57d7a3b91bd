import type { Codec, Encoded } from "../codec.ts";
import { encodeForEach } from "../datagram-codec.ts";
import { checkInteger } from "../options.ts";

/** How a side that says nothing is asked for a sign of life. */
export interface HeartbeatOptions<Out> {
  /** After so long without a byte from it, the other side is sent `message`; after twice as long it is given up. */
  readonly intervalMs: number;
  /** What makes the other side answer with something. Sent only while the codec is the one it was given for. */
  readonly message: Out;
}

/** The same, checked and encoded once for all connections. */
export interface Heartbeat {
  readonly intervalMs: number;
  readonly encoded: readonly Encoded[];
}

/** @throws ParleyError `bad-option`, `unencodable`; FrameTooLongError. */
export function heartbeat<Out>(
  codec: Codec<unknown, Out>,
  { intervalMs, message }: HeartbeatOptions<Out>,
): Heartbeat {
  checkInteger("heartbeat.intervalMs", intervalMs, 1);
  return Object.freeze({ intervalMs, encoded: encodeForEach(codec, message) });
}
