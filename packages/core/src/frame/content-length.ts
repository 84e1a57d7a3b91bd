import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import type { Writer } from "../writer.ts";
import { ContentLengthHeader } from "./content-length-header.ts";
import { digitsOf, writeDecimal } from "./decimal.ts";
import { frameLimit } from "./frame-limit.ts";
import { type OversizePolicy, skipsOversize } from "./oversize.ts";
import { PartialFrame } from "./partial-frame.ts";

const name = Uint8Array.from("Content-Length: ", (letter) => letter.charCodeAt(0));
const endOfHeader = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a);
/** Reserved for the head: a length of two digits; more, or fewer, move the payload. */
const reservedDigits = 2;
const headBytes = name.length + reservedDigits + endOfHeader.length;

/**
 * Every frame stands behind a header, as in the Language Server Protocol (base protocol):
 *
 *     | "Content-Length: " length in decimal CR LF | other headers, each with CR LF | CR LF | payload: length bytes |
 *
 * Names are read in any case and other headers passed over; sent is that one alone. Malformed are a header without exactly one
 * Content-Length, a length that is anything but digits, an LF without CR, a line of more than 1,024 bytes, more than 32 lines.
 * @throws ParleyError `bad-option`.
 */
export function contentLength(options: OversizePolicy = {}): FrameCodec {
  const maxFrameBytes = frameLimit(options);
  const skips = skipsOversize(options);
  return Object.freeze({
    id: "content-length",
    maxFrameBytes,
    headBytes,
    decoder: () => new ContentLengthDecoder(maxFrameBytes, skips),
    seal,
  });
}

function seal(out: Writer, at: number): void {
  const length = out.at - at - headBytes;
  const digits = digitsOf(length);
  const shift = digits - reservedDigits;
  if (shift > 0) out.reserve(shift);
  if (shift !== 0) out.bytes.copyWithin(at + headBytes + shift, at + headBytes, out.at);
  out.at += shift;
  out.bytes.set(name, at);
  writeDecimal(out.bytes, at + name.length, length, digits);
  out.bytes.set(endOfHeader, at + name.length + digits);
}

class ContentLengthDecoder implements FrameDecoder {
  readonly #maxFrameBytes: number;
  readonly #skips: boolean;
  #header = new ContentLengthHeader();
  #partial: PartialFrame | null = null;
  #skipping = 0;

  constructor(maxFrameBytes: number, skips: boolean) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#skips = skips;
  }

  get pending(): number {
    return this.#header.pending + (this.#partial === null ? 0 : this.#partial.received);
  }

  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    let at = start;
    while (at < end) {
      if (this.#skipping > 0) {
        const skipped = Math.min(this.#skipping, end - at);
        this.#skipping -= skipped;
        at += skipped;
        continue;
      }
      if (this.#partial === null) {
        at = this.#header.push(bytes, at, end);
        const { wrong, isComplete, length } = this.#header;
        if (wrong !== null) {
          sink.fault(wrong);
          return end;
        }
        if (!isComplete) return at;
        if (length > this.#maxFrameBytes) {
          if (!this.#tooLong(length, sink)) return at;
          continue;
        }
        if (end - at >= length) {
          const frame = at;
          at += length;
          this.#header = new ContentLengthHeader();
          if (!sink.frame(bytes, frame, at)) return at;
          continue;
        }
        this.#partial = new PartialFrame(length);
      }
      at = this.#partial.fill(bytes, at, end);
      if (!this.#partial.complete) return at;
      const whole = this.#partial.bytes;
      this.#forget();
      if (!sink.frame(whole, 0, whole.length)) return at;
    }
    return at;
  }

  end(sink: FrameSink): void {
    const held = this.pending + this.#skipping;
    this.#forget();
    this.#skipping = 0;
    if (held > 0)
      sink.fault({ kind: "malformed", why: "The input ended in the middle of a frame or of its header." });
  }

  #tooLong(actual: number, sink: FrameSink): boolean {
    this.#forget();
    if (this.#skips) this.#skipping = actual;
    return (
      sink.fault({ kind: "too-long", limit: this.#maxFrameBytes, actual, recoverable: this.#skips }) &&
      this.#skips
    );
  }

  #forget(): void {
    this.#header = new ContentLengthHeader();
    this.#partial = null;
  }
}
