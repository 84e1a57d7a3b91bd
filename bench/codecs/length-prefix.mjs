import { lengthPrefix } from "@parley/core";
import { decode, encode } from "it-length-prefixed";
import { chunksOf, framesPerStream, payloadOf } from "./corpus.mjs";
import { HandWrittenDecoder } from "./hand-written-decoder.mjs";
import { bytesOf, decoding } from "./sinks.mjs";

/** `lengthPrefix` against copying the bytes, a decoder written by hand for this framing alone, and it-length-prefixed. */
export const lengthPrefixTables = [64, 1024, 65_536].map((frameBytes) => {
  const frames = framesPerStream(frameBytes);
  let check = 0;
  for (let i = 0; i < frames; i++) check += payloadOf(i, 1)[0];
  return {
    name: `lengthPrefix, ${frameBytes} B`,
    frames,
    check,
    contestants() {
      const chunks = chunksOf(frames, (i) => framed(payloadOf(i, frameBytes)));
      const varintChunks = chunksOf(frames, (i) => encode.single(payloadOf(i, frameBytes)).subarray());
      return [
        decoding("lengthPrefix()", chunks, () => lengthPrefix().decoder()),
        decoding("hand-written", chunks, () => new HandWrittenDecoder()),
        copying(chunks, frames, check),
        itLengthPrefixed("it-length-prefixed, lists of pieces", varintChunks, (list) => list.get(0)),
        itLengthPrefixed("it-length-prefixed, bytes", varintChunks, (list) => list.subarray()[0]),
        itLengthPrefixed("it-length-prefixed, 4 bytes", chunks, (list) => list.get(0), {
          lengthDecoder: fourBytes,
        }),
        decoding("lengthPrefix, varint", varintChunks, () => lengthPrefix({ width: "varint" }).decoder()),
        decoding(
          "lengthPrefix, 4 bytes little endian",
          chunksOf(frames, (i) => framed(payloadOf(i, frameBytes), "LE")),
          () => lengthPrefix({ endian: "little" }).decoder(),
        ),
      ];
    },
  };
});

function framed(payload, endian = "BE") {
  const frame = Buffer.alloc(4 + payload.length);
  frame[`writeUInt32${endian}`](payload.length);
  frame.set(payload, 4);
  return frame;
}

/** Moves the bytes and looks at none: the floor under everything that has to touch them. */
function copying(chunks, frames, check) {
  const target = Buffer.allocUnsafeSlow(chunks[0].length);
  return {
    name: "memcpy of the chunks",
    bytes: bytesOf(chunks),
    run(passes) {
      for (let pass = 0; pass < passes; pass++) for (const chunk of chunks) target.set(chunk);
      return { frames: frames * passes, check: check * passes };
    },
  };
}

function fourBytes(list) {
  return list.getUint32(0);
}
fourBytes.bytes = 4;

/** The synchronous generator over an array of chunks; its frames are lists of pieces, made into bytes by who asks. */
function itLengthPrefixed(name, chunks, look, options) {
  return {
    name,
    bytes: bytesOf(chunks),
    run(passes) {
      let frames = 0;
      let check = 0;
      for (let pass = 0; pass < passes; pass++) {
        for (const frame of decode(chunks, options)) {
          frames += 1;
          check += look(frame);
        }
      }
      return { frames, check };
    },
  };
}
