import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import type { Writer } from "../writer.ts";
import { digitOf, digitsOf, maxExactDigits, writeDecimal } from "./decimal.ts";
import { frameLimit } from "./frame-limit.ts";
import { type OversizePolicy, skipsOversize } from "./oversize.ts";
import { PartialFrame } from "./partial-frame.ts";

const colon = 0x3a;
const comma = 0x2c;
/** Reserved for the head: one digit and the colon; more digits move the payload. */
const headBytes = 2;

/**
 * Every frame is a netstring (D. J. Bernstein, 1997):
 *
 *     | length in decimal, no leading zeros | ":" | payload: length bytes | "," |
 *
 * @throws ParleyError `bad-option`.
 */
export function netstring(options: OversizePolicy = {}): FrameCodec {
  const maxFrameBytes = frameLimit(options);
  const skips = skipsOversize(options);
  return Object.freeze({
    id: "netstring",
    maxFrameBytes,
    headBytes,
    decoder: () => new NetstringDecoder(maxFrameBytes, skips),
    seal,
  });
}

function seal(out: Writer, at: number): void {
  const length = out.at - at - headBytes;
  const digits = digitsOf(length);
  const shift = digits + 1 - headBytes;
  out.reserve(shift + 1);
  if (shift > 0) {
    out.bytes.copyWithin(at + headBytes + shift, at + headBytes, out.at);
    out.at += shift;
  }
  writeDecimal(out.bytes, at, length, digits);
  out.bytes[at + digits] = colon;
  out.bytes[out.at++] = comma;
}

class NetstringDecoder implements FrameDecoder {
  readonly #maxFrameBytes: number;
  readonly #skips: boolean;
  #length = 0;
  #digits = 0;
  /** A payload that straddles chunks, its comma included. */
  #partial: PartialFrame | null = null;
  #skipping = 0;

  constructor(maxFrameBytes: number, skips: boolean) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#skips = skips;
  }

  get pending(): number {
    return this.#digits + (this.#partial === null ? 0 : this.#partial.received);
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
        const byte = bytes[at++] as number;
        if (byte !== colon || this.#digits === 0) {
          if (!this.#digit(byte, sink)) return at;
          continue;
        }
        if (this.#length > this.#maxFrameBytes) {
          if (!this.#tooLong(sink)) return at;
          continue;
        }
        const behind = at + this.#length;
        if (behind < end) {
          const frame = at;
          at = behind + 1;
          if (!this.#deliver(bytes, frame, behind, sink)) return at;
          continue;
        }
        this.#partial = new PartialFrame(this.#length + 1);
      }
      at = this.#partial.fill(bytes, at, end);
      if (!this.#partial.complete) return at;
      const whole = this.#partial.bytes;
      this.#partial = null;
      if (!this.#deliver(whole, 0, whole.length - 1, sink)) return at;
    }
    return at;
  }

  end(sink: FrameSink): void {
    const held = this.pending + this.#skipping;
    this.#forget();
    this.#partial = null;
    this.#skipping = 0;
    if (held > 0) sink.fault({ kind: "malformed", why: "The input ended in the middle of a netstring." });
  }

  #digit(byte: number, sink: FrameSink): boolean {
    const digit = digitOf(byte);
    if (digit < 0 || (this.#digits === 1 && this.#length === 0)) {
      const why =
        digit < 0
          ? "A netstring's length has a byte that is no digit."
          : "A netstring's length has a leading zero.";
      sink.fault({ kind: "malformed", why });
      return false;
    }
    this.#length = this.#length * 10 + digit;
    this.#digits += 1;
    if (this.#digits <= maxExactDigits) return true;
    sink.fault({ kind: "too-long", limit: this.#maxFrameBytes, recoverable: false });
    return false;
  }

  /** The frame from `start` up to `end`, where its comma should be. */
  #deliver(bytes: Uint8Array, start: number, end: number, sink: FrameSink): boolean {
    this.#forget();
    if (bytes[end] === comma) return sink.frame(bytes, start, end);
    sink.fault({ kind: "malformed", why: "A netstring does not end in a comma." });
    return false;
  }

  #tooLong(sink: FrameSink): boolean {
    const actual = this.#length;
    this.#forget();
    if (this.#skips) this.#skipping = actual + 1;
    return (
      sink.fault({ kind: "too-long", limit: this.#maxFrameBytes, actual, recoverable: this.#skips }) &&
      this.#skips
    );
  }

  #forget(): void {
    this.#length = 0;
    this.#digits = 0;
  }
}
