import { type Codec, codec } from "./codec.ts";
import { lengthPrefix } from "./frame/length-prefix.ts";

/** What a UDP datagram over IPv4 can carry: 65,535 less the IP and UDP headers (RFC 768, RFC 791). */
const maxDatagramBytes = 65_507;

const made = new WeakMap<object, object>();

/**
 * A codec's messages, each in a datagram of its own, which a byte stream with `datagrams` carries behind its length. One
 * beyond `maxFrameBytes` is passed over. The same for the same `spoken`.
 */
export function datagramCodec<In, Out>(spoken: Codec<In, Out>): Codec<In, Out> {
  const known = made.get(spoken) as Codec<In, Out> | undefined;
  if (known !== undefined) return known;
  const maxFrameBytes = Math.min(spoken.frame.maxFrameBytes, maxDatagramBytes);
  const frame = { ...lengthPrefix({ maxFrameBytes, onTooLong: "skip" }), id: "datagrams" };
  const datagrams = codec(frame, spoken.message);
  made.set(spoken, datagrams);
  return datagrams;
}
