import { ParleyError } from "../error.ts";
import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import { checkOneOf } from "../options.ts";
import type { Writer } from "../writer.ts";
import { findByte } from "./find-byte.ts";
import { type FrameLimit, frameLimit } from "./frame-limit.ts";
import { GrowingFrame } from "./growing-frame.ts";

export interface LinesOptions extends FrameLimit {
  /** What becomes of a last line without its newline: delivered (the default), or a fault. */
  readonly unterminated?: "deliver" | "fault";
}

const lf = 0x0a;
const cr = 0x0d;

/**
 * Every frame is a line:
 *
 *     | payload: any bytes but LF | LF, or CR LF on input |
 *
 * A CR before the LF belongs to the newline; elsewhere it is payload. `maxFrameBytes` counts the payload alone. Sending
 * a message that holds an LF, or that ends in a CR, throws `unencodable`: it would arrive as something else.
 * @throws ParleyError `bad-option`.
 */
export function lines(options: LinesOptions = {}): FrameCodec {
  const maxFrameBytes = frameLimit(options);
  const unterminated = checkOneOf("unterminated", options.unterminated ?? "deliver", ["deliver", "fault"]);
  return Object.freeze({
    id: "lines",
    maxFrameBytes,
    headBytes: 0,
    decoder: () => new LinesDecoder(maxFrameBytes, unterminated),
    seal(out: Writer, at: number): void {
      if (findByte(out.bytes, lf, at, out.at) >= 0 || (out.at > at && out.bytes[out.at - 1] === cr)) {
        throw new ParleyError(
          "unencodable",
          "A line cannot hold a line feed or end in a carriage return; send each line as a message of its own, or use a length prefix.",
        );
      }
      out.reserve(1);
      out.bytes[out.at++] = lf;
    },
  });
}

class LinesDecoder implements FrameDecoder {
  readonly #maxFrameBytes: number;
  readonly #unterminated: "deliver" | "fault";
  #partial: GrowingFrame | null = null;

  constructor(maxFrameBytes: number, unterminated: "deliver" | "fault") {
    this.#maxFrameBytes = maxFrameBytes;
    this.#unterminated = unterminated;
  }

  get pending(): number {
    return this.#partial === null ? 0 : this.#partial.length;
  }

  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    let at = start;
    while (at < end) {
      const newline = findByte(bytes, lf, at, end);
      if (newline < 0) return this.#keep(bytes, at, end, sink) ? end : at;
      const line = at;
      at = newline + 1;
      if (!this.#line(bytes, line, newline, sink)) return at;
    }
    return at;
  }

  end(sink: FrameSink): void {
    const partial = this.#partial;
    if (partial === null) return;
    this.#partial = null;
    if (this.#unterminated === "fault") {
      sink.fault({ kind: "malformed", why: `The input ended after ${partial.length} bytes of a line.` });
    } else if (partial.length > this.#maxFrameBytes) this.#tooLong(sink);
    else sink.frame(partial.bytes, 0, partial.length);
  }

  /** Ends a line with the bytes from `start` up to its LF at `end`. */
  #line(bytes: Uint8Array, start: number, end: number, sink: FrameSink): boolean {
    const partial = this.#partial;
    if (partial === null) return this.#deliver(bytes, start, end, sink);
    this.#partial = null;
    if (partial.length + end - start > this.#maxFrameBytes + 1) return this.#tooLong(sink);
    partial.append(bytes, start, end);
    return this.#deliver(partial.bytes, 0, partial.length, sink);
  }

  #deliver(bytes: Uint8Array, start: number, end: number, sink: FrameSink): boolean {
    const stop = end > start && bytes[end - 1] === cr ? end - 1 : end;
    return stop - start > this.#maxFrameBytes ? this.#tooLong(sink) : sink.frame(bytes, start, stop);
  }

  /** Keeps the beginning of a line whose LF is still to come, as long as it can still be short enough. */
  #keep(bytes: Uint8Array, start: number, end: number, sink: FrameSink): boolean {
    const length = this.pending + end - start;
    // One byte over the limit is allowed if it may be the CR of the newline.
    const allowed = bytes[end - 1] === cr ? this.#maxFrameBytes + 1 : this.#maxFrameBytes;
    if (length > allowed) return this.#tooLong(sink);
    if (this.#partial === null) this.#partial = new GrowingFrame(bytes, start, end);
    else this.#partial.append(bytes, start, end);
    return true;
  }

  #tooLong(sink: FrameSink): boolean {
    this.#partial = null;
    sink.fault({ kind: "too-long", limit: this.#maxFrameBytes, recoverable: false });
    return false;
  }
}
