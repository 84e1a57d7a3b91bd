import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import type { Writer } from "../writer.ts";
import { type FrameLimit, frameLimit } from "./frame-limit.ts";
import { PartialFrame } from "./partial-frame.ts";

const headBytes = 4;

/**
 * Every frame stands behind its length, 4 bytes big endian:
 *
 *     | length: 4 bytes, big endian | payload: length bytes |
 *
 * A length above `maxFrameBytes` is a fault on the header alone. What Erlang calls `{packet, 4}`.
 * @throws ParleyError `bad-option`.
 */
export function lengthPrefix(options: FrameLimit = {}): FrameCodec {
  const maxFrameBytes = frameLimit(options);
  return Object.freeze({
    id: "length-prefix-4",
    maxFrameBytes,
    headBytes,
    decoder: () => new LengthPrefixDecoder(maxFrameBytes),
    seal(out: Writer, at: number): void {
      const length = out.at - at - headBytes;
      const { bytes } = out;
      bytes[at] = length >>> 24;
      bytes[at + 1] = length >>> 16;
      bytes[at + 2] = length >>> 8;
      bytes[at + 3] = length;
    },
  });
}

class LengthPrefixDecoder implements FrameDecoder {
  readonly #maxFrameBytes: number;
  /** The bytes of a head that straddles chunks, as the number they form so far. */
  #head = 0;
  #headLength = 0;
  #partial: PartialFrame | null = null;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  get pending(): number {
    return this.#partial === null ? this.#headLength : headBytes + this.#partial.received;
  }

  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    let at = start;
    if (this.#partial !== null) {
      at = this.#partial.fill(bytes, at, end);
      if (!this.#partial.complete) return at;
      const frame = this.#partial.bytes;
      this.#partial = null;
      if (!sink.frame(frame, 0, frame.length)) return at;
    }
    while (at < end) {
      let length: number;
      if (this.#headLength === 0 && end - at >= headBytes) {
        length =
          (((bytes[at] as number) << 24) |
            ((bytes[at + 1] as number) << 16) |
            ((bytes[at + 2] as number) << 8) |
            (bytes[at + 3] as number)) >>>
          0;
        at += headBytes;
      } else {
        this.#head = this.#head * 256 + (bytes[at++] as number);
        if (++this.#headLength < headBytes) continue;
        length = this.#head;
        this.#head = 0;
        this.#headLength = 0;
      }
      if (length > this.#maxFrameBytes) {
        sink.fault({ kind: "too-long", limit: this.#maxFrameBytes, actual: length, recoverable: false });
        return at;
      }
      if (end - at >= length) {
        const payload = at;
        at += length;
        if (!sink.frame(bytes, payload, at)) return at;
      } else {
        this.#partial = new PartialFrame(length);
        at = this.#partial.fill(bytes, at, end);
      }
    }
    return at;
  }

  end(sink: FrameSink): void {
    const partial = this.#partial;
    if (this.pending === 0) return;
    const why =
      partial === null
        ? `The input ended after ${this.#headLength} of the ${headBytes} bytes of a length.`
        : `The input ended after ${partial.received} of a frame's ${partial.length} bytes.`;
    this.#partial = null;
    this.#head = 0;
    this.#headLength = 0;
    sink.fault({ kind: "malformed", why });
  }
}
