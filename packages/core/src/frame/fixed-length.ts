import { ParleyError } from "../error.ts";
import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import { checkInteger } from "../options.ts";
import type { Writer } from "../writer.ts";
import { PartialFrame } from "./partial-frame.ts";

/**
 * Every frame has the same length and nothing around it:
 *
 *     | payload: frameBytes bytes |
 *
 * Encoding throws `unencodable` for a message of another length.
 * @param frameBytes from 1 to 2³² − 1; it is the limit as well.
 * @throws ParleyError `bad-option`.
 */
export function fixedLength(frameBytes: number): FrameCodec {
  checkInteger("frameBytes", frameBytes, 1, 0xffff_ffff);
  return Object.freeze({
    id: `fixed-length-${frameBytes}`,
    maxFrameBytes: frameBytes,
    headBytes: 0,
    decoder: () => new FixedLengthDecoder(frameBytes),
    seal(out: Writer, at: number): void {
      if (out.at - at === frameBytes) return;
      throw new ParleyError(
        "unencodable",
        `The message has ${out.at - at} bytes; every frame here has ${frameBytes}.`,
      );
    },
  });
}

class FixedLengthDecoder implements FrameDecoder {
  readonly #frameBytes: number;
  #partial: PartialFrame | null = null;

  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes;
  }

  get pending(): number {
    return this.#partial === null ? 0 : this.#partial.received;
  }

  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    let at = start;
    while (at < end) {
      if (this.#partial === null && end - at >= this.#frameBytes) {
        const frame = at;
        at += this.#frameBytes;
        if (!sink.frame(bytes, frame, at)) return at;
        continue;
      }
      this.#partial ??= new PartialFrame(this.#frameBytes);
      at = this.#partial.fill(bytes, at, end);
      if (!this.#partial.complete) return at;
      const frame = this.#partial.bytes;
      this.#partial = null;
      if (!sink.frame(frame, 0, frame.length)) return at;
    }
    return at;
  }

  end(sink: FrameSink): void {
    const held = this.pending;
    this.#partial = null;
    if (held > 0) {
      sink.fault({
        kind: "malformed",
        why: `The input ended after ${held} of a frame's ${this.#frameBytes} bytes.`,
      });
    }
  }
}
