import { deflateSync, Inflate } from "fflate";
import type { Codec } from "../codec.ts";
import { ParleyError } from "../error.ts";
import { GrowingFrame } from "../frame/growing-frame.ts";
import { FrameTooLongError } from "../frame-too-long.ts";
import { checkInteger } from "../options.ts";
import { OutputBuffer, type Writer } from "../writer.ts";

export interface CompressedOptions {
  /** How hard to try, from 0 (not at all) to 9. Default 6. */
  readonly level?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
  /** The longest message before compression, in bytes. Default the codec's `maxFrameBytes`. */
  readonly maxInflatedBytes?: number;
}

/** Deflate shrinks 1,032 times at the best: what is inflated at a time yields half a MiB, then the limit is looked at. */
const inflatedAtATime = 512;

/**
 * Compresses every frame by itself: raw deflate (RFC 1951, by fflate) without a memory of earlier frames. A frame that
 * would inflate beyond `maxInflatedBytes` is `frame-too-long` as soon as it does; one that is not deflated data, or is cut short,
 * `malformed`. Bytes behind the end of the deflated data are passed over.
 * @throws ParleyError `bad-option`.
 */
export function compressed<In, Out>(codec: Codec<In, Out>, options: CompressedOptions = {}): Codec<In, Out> {
  const { frame, message } = codec;
  const { level = 6, maxInflatedBytes = frame.maxFrameBytes } = options;
  checkInteger("level", level, 0, 9);
  checkInteger("maxInflatedBytes", maxInflatedBytes, 1, 0xffff_ffff);
  const plain = new OutputBuffer();
  return Object.freeze({
    id: `${codec.id}+deflate`,
    frame,
    message: Object.freeze({
      id: `${message.id}+deflate`,
      decode(bytes: Uint8Array, start: number, end: number): In {
        const inflated = inflate(bytes.subarray(start, end), maxInflatedBytes);
        return message.decode(inflated.bytes, 0, inflated.length);
      },
      encode(value: Out, out: Writer): void {
        try {
          message.encode(value, plain);
          if (plain.at > maxInflatedBytes) throw new FrameTooLongError(maxInflatedBytes, plain.at, "local");
          const deflated = deflateSync(plain.written(), { level });
          out.reserve(deflated.length);
          out.bytes.set(deflated, out.at);
          out.at += deflated.length;
        } finally {
          plain.recycle();
        }
      },
    }),
  });
}

function inflate(bytes: Uint8Array, maxInflatedBytes: number): GrowingFrame {
  const inflated = new GrowingFrame(bytes, 0, 0);
  const stream = new Inflate((piece) => {
    if (inflated.length + piece.length > maxInflatedBytes) {
      throw new FrameTooLongError(maxInflatedBytes, undefined, "remote");
    }
    inflated.append(piece, 0, piece.length);
  });
  try {
    for (let at = 0; at < bytes.length; at += inflatedAtATime) {
      stream.push(bytes.subarray(at, at + inflatedAtATime), at + inflatedAtATime >= bytes.length);
    }
    if (bytes.length === 0) throw new Error("an empty frame is not even the end of deflated data");
  } catch (cause) {
    if (cause instanceof FrameTooLongError) throw cause;
    throw new ParleyError("malformed", "The frame is not whole deflated data.", { blame: "remote", cause });
  }
  return inflated;
}
