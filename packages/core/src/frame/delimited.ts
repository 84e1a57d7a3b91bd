import { ParleyError } from "../error.ts";
import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import type { Writer } from "../writer.ts";
import { DelimiterMatcher } from "./delimiter-matcher.ts";
import { findByte } from "./find-byte.ts";
import { frameLimit } from "./frame-limit.ts";
import { GrowingFrame } from "./growing-frame.ts";
import { type OversizePolicy, skipsOversize } from "./oversize.ts";

export interface DelimitedOptions extends OversizePolicy {
  /**
   * What ends a frame: one or several strings (as UTF-8) or byte sequences, none of which is part of another. The first is
   * the one that is sent.
   */
  readonly delimiters: readonly [string | Uint8Array, ...(string | Uint8Array)[]];
}

/**
 * Every frame ends in a delimiter, which is not part of it:
 *
 *     | payload: bytes without a delimiter | delimiter |
 *
 * Of overlapping delimiters the one that is complete first counts. A last frame without one is a fault. Encoding throws
 * `unencodable` for a message in which, or across whose end, a delimiter would be found.
 * @throws ParleyError `bad-option`.
 */
export function delimited(options: DelimitedOptions): FrameCodec {
  const encoder = new TextEncoder();
  const delimiters = options.delimiters.map((given) =>
    typeof given === "string" ? encoder.encode(given) : given,
  );
  const matcher = new DelimiterMatcher(delimiters);
  const [sent] = delimiters as [Uint8Array];
  const maxFrameBytes = frameLimit(options);
  const skips = skipsOversize(options);
  return Object.freeze({
    id: `delimited-${JSON.stringify(delimiters.map((delimiter) => String.fromCharCode(...delimiter)))}`,
    maxFrameBytes,
    headBytes: 0,
    decoder: () => new DelimitedDecoder(matcher, maxFrameBytes, skips),
    seal: (out: Writer, at: number) => seal(matcher, sent, out, at),
  });
}

function seal(matcher: DelimiterMatcher, delimiter: Uint8Array, out: Writer, at: number): void {
  const payloadEnd = out.at;
  out.reserve(delimiter.length);
  out.bytes.set(delimiter, payloadEnd);
  out.at = payloadEnd + delimiter.length;
  const { bytes } = out;
  let state = 0;
  for (let i = at; i < out.at - 1; i++) {
    state = matcher.next(state, bytes[i] as number);
    if (matcher.isWhole(state)) {
      throw new ParleyError(
        "unencodable",
        "The message holds a delimiter, or makes one together with that behind it; escape it, or use a length prefix.",
      );
    }
  }
}

class DelimitedDecoder implements FrameDecoder {
  readonly #matcher: DelimiterMatcher;
  readonly #maxFrameBytes: number;
  readonly #skips: boolean;
  #state = 0;
  /** The beginning of a frame that straddles chunks, with what may become its delimiter. */
  #partial: GrowingFrame | null = null;
  #skipping = false;

  constructor(matcher: DelimiterMatcher, maxFrameBytes: number, skips: boolean) {
    this.#matcher = matcher;
    this.#maxFrameBytes = maxFrameBytes;
    this.#skips = skips;
  }

  get pending(): number {
    return this.#partial === null ? 0 : this.#partial.length;
  }

  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    let at = start;
    while (at < end) {
      const stop = this.#delimiterEnd(bytes, at, end);
      if (stop < 0) {
        if (!this.#skipping) this.#keep(bytes, at, end, sink);
        return end;
      }
      const delimiterBytes = this.#matcher.seen(this.#state);
      this.#state = 0;
      const frame = at;
      at = stop;
      if (this.#skipping) this.#skipping = false;
      else if (!this.#frame(bytes, frame, stop, delimiterBytes, sink)) return at;
    }
    return at;
  }

  end(sink: FrameSink): void {
    const partial = this.#partial;
    this.#partial = null;
    this.#state = 0;
    this.#skipping = false;
    if (partial === null) return;
    if (partial.length > this.#maxFrameBytes) this.#tooLong(sink);
    else
      sink.fault({
        kind: "malformed",
        why: `The input ended after ${partial.length} bytes without a delimiter.`,
      });
  }

  /** The offset behind the first delimiter that is complete between `start` and `end`, or -1. */
  #delimiterEnd(bytes: Uint8Array, start: number, end: number): number {
    const matcher = this.#matcher;
    let state = this.#state;
    for (let at = start; at < end; at++) {
      if (state === 0 && matcher.firstByte >= 0) {
        at = findByte(bytes, matcher.firstByte, at, end);
        if (at < 0) break;
      }
      state = matcher.next(state, bytes[at] as number);
      if (matcher.isWhole(state)) {
        this.#state = state;
        return at + 1;
      }
    }
    this.#state = state;
    return -1;
  }

  /** Ends a frame with the bytes from `start` up to the end of its delimiter at `end`. */
  #frame(bytes: Uint8Array, start: number, end: number, delimiterBytes: number, sink: FrameSink): boolean {
    const partial = this.#partial;
    this.#partial = null;
    const length = (partial === null ? 0 : partial.length) + end - start - delimiterBytes;
    if (length > this.#maxFrameBytes) return this.#tooLong(sink);
    if (partial === null) return sink.frame(bytes, start, start + length);
    partial.append(bytes, start, end);
    return sink.frame(partial.bytes, 0, length);
  }

  #keep(bytes: Uint8Array, start: number, end: number, sink: FrameSink): void {
    const certain = this.pending + end - start - this.#matcher.seen(this.#state);
    if (certain > this.#maxFrameBytes) this.#skipping = this.#tooLong(sink);
    else if (this.#partial === null) this.#partial = new GrowingFrame(bytes, start, end);
    else this.#partial.append(bytes, start, end);
  }

  #tooLong(sink: FrameSink): boolean {
    this.#partial = null;
    return (
      sink.fault({ kind: "too-long", limit: this.#maxFrameBytes, recoverable: this.#skips }) && this.#skips
    );
  }
}
