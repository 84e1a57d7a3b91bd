import { type Codec, codec, type Encoded, encode } from "./codec.ts";
import { lengthPrefix } from "./frame/length-prefix.ts";
import { FrameTooLongError } from "./frame-too-long.ts";

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

/**
 * A message encoded once for each way in which `spoken` may be spoken: over streams and, unless it is too long for them, over
 * datagrams.
 * @throws as `encode`, for streams.
 */
export function encodeForEach<Out>(spoken: Codec<unknown, Out>, message: Out): readonly Encoded[] {
  const overStreams = encode(spoken, message);
  try {
    return Object.freeze([overStreams, encode(datagramCodec(spoken), message)]);
  } catch (error) {
    if (error instanceof FrameTooLongError) return Object.freeze([overStreams]);
    throw error;
  }
}
