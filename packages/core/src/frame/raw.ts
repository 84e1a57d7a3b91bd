import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import { type FrameLimit, frameLimit } from "./frame-limit.ts";

/**
 * No framing: whatever arrives together is a frame, cut into pieces of at most `maxFrameBytes`. Where one frame ends and
 * the next begins means nothing.
 * @throws ParleyError `bad-option`.
 */
export function raw(options: FrameLimit = {}): FrameCodec {
  const maxFrameBytes = frameLimit(options);
  return Object.freeze({
    id: "raw",
    maxFrameBytes,
    headBytes: 0,
    decoder: () => new RawDecoder(maxFrameBytes),
    seal() {},
  });
}

class RawDecoder implements FrameDecoder {
  readonly pending = 0;
  readonly #maxFrameBytes: number;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    let at = start;
    while (at < end) {
      const piece = at;
      at = Math.min(end, at + this.#maxFrameBytes);
      if (!sink.frame(bytes, piece, at)) break;
    }
    return at;
  }

  end(): void {}
}
