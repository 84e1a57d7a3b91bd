import { letters } from "../runner/letters.mjs";

/** A 4-byte length, big endian, and the payload; the reply is the same. */
export default function lengthPrefix(payloadBytes) {
  const frame = Buffer.concat([Buffer.alloc(4), letters(payloadBytes)]);
  frame.writeUInt32BE(payloadBytes);
  return { opening: [], requests: [frame], replies: [frame] };
}
