import { ParleyError } from "../error.ts";
import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import { checkInteger } from "../options.ts";
import type { Writer } from "../writer.ts";
import { frameLimit } from "./frame-limit.ts";
import { type LengthField, type LengthFieldOptions, lengthField } from "./length-field.ts";
import { type OversizePolicy, skipsOversize } from "./oversize.ts";
import { PartialFrame } from "./partial-frame.ts";

export interface LengthPrefixOptions extends LengthFieldOptions, OversizePolicy {
  /** Bytes of header in front of the length. Default 0. */
  readonly lengthOffset?: number;
  /** Added to the length read, and taken from the one written: for lengths that count more or less than what follows. Default 0. */
  readonly lengthAdjustment?: number;
  /** Whether the length counts the header too, itself and what stands before it. Default false. */
  readonly countsHeader?: boolean;
  /** Bytes of the header that are not part of the frame, from its beginning. Default the whole header. */
  readonly stripBytes?: number;
}

/**
 * Every frame stands behind its length:
 *
 *     | lengthOffset bytes | length | payload: length + lengthAdjustment bytes |
 *
 * by default 4 bytes, big endian, that count the payload: Erlang's `{packet, 4}`. With `stripBytes` below the size of the header
 * the rest of the header belongs to the frame, on the way out too: there the length is filled in, and stripped bytes before it
 * are zero. The limit is on the frame as it is delivered, known from the header alone. Encoding throws
 * `unencodable` for a frame whose length the field cannot hold.
 * @throws ParleyError `bad-option`.
 */
export function lengthPrefix(options: LengthPrefixOptions = {}): FrameCodec {
  const layout = lengthLayout(options);
  return Object.freeze({
    id: layout.id,
    maxFrameBytes: layout.maxFrameBytes,
    headBytes: layout.isPlain ? plainHeadBytes : layout.reservedBytes,
    decoder: () => new LengthPrefixDecoder(layout),
    seal: layout.isPlain ? sealPlain : (out: Writer, at: number) => seal(layout, out, at),
  });
}

/** The options in the form in which the machines below need them. */
interface LengthLayout {
  readonly id: string;
  readonly maxFrameBytes: number;
  readonly skips: boolean;
  readonly field: LengthField;
  readonly offset: number;
  /** Bytes behind the header = length + this. */
  readonly adjustment: number;
  /** Whether the length counts the header as well. */
  readonly countsHeader: boolean;
  /** Bytes stripped; negative: the whole header, whatever its size. */
  readonly strip: number;
  readonly reservedBytes: number;
  /** 4 bytes, big endian, nothing special: read and written without a detour. */
  readonly isPlain: boolean;
}

const plainHeadBytes = 4;

function lengthLayout(options: LengthPrefixOptions): LengthLayout {
  const { lengthOffset = 0, lengthAdjustment = 0, countsHeader = false, stripBytes } = options;
  const field = lengthField(options);
  const maxFrameBytes = frameLimit(options);
  checkInteger("lengthOffset", lengthOffset, 0, 1024);
  checkInteger("lengthAdjustment", lengthAdjustment, -0x7fff_ffff, 0x7fff_ffff);
  const headBytes = lengthOffset + field.width;
  if (stripBytes !== undefined) checkInteger("stripBytes", stripBytes, 0, headBytes);
  if (field.width === 0 && (lengthOffset > 0 || countsHeader || stripBytes !== undefined)) {
    throw new ParleyError(
      "bad-option",
      "A varint length goes with neither lengthOffset, countsHeader nor stripBytes; its header has no fixed size.",
    );
  }
  const strip = stripBytes ?? (field.width === 0 ? -1 : headBytes);
  const special = [
    lengthOffset > 0 ? `offset ${lengthOffset}` : "",
    lengthAdjustment !== 0 ? `adjusted ${lengthAdjustment}` : "",
    countsHeader ? "with header" : "",
    strip >= 0 && strip !== headBytes ? `stripped ${strip}` : "",
  ].filter((word) => word !== "");
  return {
    id: ["length-prefix", field.id, ...special].join("-"),
    maxFrameBytes,
    skips: skipsOversize(options),
    field,
    offset: lengthOffset,
    adjustment: lengthAdjustment,
    countsHeader,
    strip,
    reservedBytes: strip < 0 ? 1 : strip,
    isPlain: field.id === "4" && special.length === 0,
  };
}

function sealPlain(out: Writer, at: number): void {
  const length = out.at - at - plainHeadBytes;
  const { bytes } = out;
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
}

function seal(layout: LengthLayout, out: Writer, at: number): void {
  const { field, offset, strip } = layout;
  const total = out.at - at;
  const headBytes = field.width === 0 ? 0 : offset + field.width;
  const counted =
    field.width === 0 ? total - layout.reservedBytes : layout.countsHeader ? total : total - headBytes;
  const length = counted - layout.adjustment;
  if (total < headBytes || length < 0 || length > field.max) {
    throw new ParleyError(
      "unencodable",
      `A frame of ${total} bytes needs a length of ${length}, the field holds 0 to ${field.max}; send less at a time, or widen the field on both ends.`,
    );
  }
  if (field.width === 0) {
    const shift = field.sizeOf(length) - layout.reservedBytes;
    if (shift > 0) {
      out.reserve(shift);
      out.bytes.copyWithin(at + layout.reservedBytes + shift, at + layout.reservedBytes, out.at);
      out.at += shift;
    }
  } else out.bytes.fill(0, at, at + Math.min(strip, offset));
  field.write(out.bytes, at + offset, length);
}

function plainLength(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

class LengthPrefixDecoder implements FrameDecoder {
  readonly #layout: LengthLayout;
  /** The bytes of a header that straddles chunks. */
  #head: Uint8Array | null = null;
  #headLength = 0;
  /** Of the header read last: its size, and how much follows it. */
  #headBytes = 0;
  #bodyBytes = 0;
  #partial: PartialFrame | null = null;
  /** Bytes still to come of a frame that is skipped. */
  #skipping = 0;

  constructor(layout: LengthLayout) {
    this.#layout = layout;
  }

  get pending(): number {
    return this.#partial === null ? this.#headLength : this.#headBytes + this.#partial.received;
  }

  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    const { isPlain, maxFrameBytes } = this.#layout;
    let at = start;
    if (this.#skipping > 0) at = this.#skip(at, end);
    if (this.#partial !== null) {
      const { received, length } = this.#partial;
      if (received === 0 && end - at >= length) {
        // Its header came alone: nothing to put together.
        this.#partial = null;
        at += length;
        if (!sink.frame(bytes, at - length, at)) return at;
      } else {
        at = this.#partial.fill(bytes, at, end);
        if (!this.#deliverPartial(sink)) return at;
      }
    }
    while (at < end) {
      if (isPlain && this.#headLength === 0) {
        // Whole frames, one behind the other: all there is to do for most of a stream.
        while (end - at >= plainHeadBytes) {
          const payload = at + plainHeadBytes;
          const next = payload + plainLength(bytes, at);
          if (next > end || next - payload > maxFrameBytes) break;
          at = next;
          if (!sink.frame(bytes, payload, next)) return next;
        }
        if (at === end) return at;
      }
      at = this.#readHead(bytes, at, end, sink);
      if (at < 0) return end;
      const kept = this.#keptBytes;
      const length = kept + this.#bodyBytes;
      if (length > maxFrameBytes) {
        if (!this.#tooLong(length, sink)) return at;
        at = this.#skip(at, end);
      } else if (this.#bodyBytes <= end - at && (this.#headLength === 0 || kept === 0)) {
        this.#headLength = 0;
        const frame = at - kept;
        at += this.#bodyBytes;
        if (!sink.frame(bytes, frame, at)) return at;
      } else {
        this.#partial = new PartialFrame(length);
        if (this.#headLength > 0)
          this.#partial.fill(this.#head as Uint8Array, this.#headBytes - kept, this.#headBytes);
        else this.#partial.fill(bytes, at - kept, at);
        this.#headLength = 0;
        at = this.#partial.fill(bytes, at, end);
        if (!this.#deliverPartial(sink)) return at;
      }
    }
    return at;
  }

  end(sink: FrameSink): void {
    const partial = this.#partial;
    if (partial === null && this.#headLength === 0 && this.#skipping === 0) return;
    const why =
      partial !== null
        ? `The input ended after ${partial.received} of a frame's ${partial.length} bytes.`
        : this.#skipping > 0
          ? `The input ended ${this.#skipping} bytes before the end of a frame that was too long.`
          : `The input ended after ${this.#headLength} bytes of a frame's header.`;
    this.#partial = null;
    this.#headLength = 0;
    this.#skipping = 0;
    sink.fault({ kind: "malformed", why });
  }

  /** Bytes of the header read last that belong to the frame. */
  get #keptBytes(): number {
    return this.#layout.strip < 0 ? 0 : this.#headBytes - this.#layout.strip;
  }

  /** Reads the header that begins at `at`, or goes on there; returns the offset behind it, -1 if there is none yet or ever. */
  #readHead(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    const { field, offset } = this.#layout;
    if (this.#headLength === 0) {
      const size = end - start < offset ? 0 : field.measure(bytes, start + offset, end);
      if (size !== 0) return this.#understand(bytes, start, size, sink) ? start + this.#headBytes : -1;
    }
    this.#head ??= new Uint8Array(offset + Math.max(field.width, 8));
    for (let at = start; at < end; ) {
      this.#head[this.#headLength++] = bytes[at++] as number;
      if (this.#headLength <= offset) continue;
      const size = field.measure(this.#head, offset, this.#headLength);
      if (size !== 0) return this.#understand(this.#head, 0, size, sink) ? at : -1;
    }
    return -1;
  }

  /** Takes the sizes from the header at `at`, whose field has `size` bytes. */
  #understand(bytes: Uint8Array, at: number, size: number, sink: FrameSink): boolean {
    const { field, offset, adjustment, countsHeader } = this.#layout;
    if (size < 0) {
      sink.fault({
        kind: "malformed",
        why: "The length is no varint of at most 8 bytes in its shortest form.",
      });
      return false;
    }
    this.#headBytes = offset + size;
    const length = field.read(bytes, at + offset);
    this.#bodyBytes = length + adjustment - (countsHeader ? this.#headBytes : 0);
    if (this.#bodyBytes >= 0) return true;
    sink.fault({ kind: "malformed", why: `A length of ${length} is less than what it must count.` });
    return false;
  }

  #deliverPartial(sink: FrameSink): boolean {
    const partial = this.#partial as PartialFrame;
    if (!partial.complete) return true;
    this.#partial = null;
    return sink.frame(partial.bytes, 0, partial.length);
  }

  #tooLong(actual: number, sink: FrameSink): boolean {
    const { maxFrameBytes } = this.#layout;
    // A rounded length says nothing of where the next frame begins.
    const skips = this.#layout.skips && actual <= Number.MAX_SAFE_INTEGER;
    this.#headLength = 0;
    if (skips) this.#skipping = this.#bodyBytes;
    return sink.fault({ kind: "too-long", limit: maxFrameBytes, actual, recoverable: skips }) && skips;
  }

  #skip(at: number, end: number): number {
    const skipped = Math.min(this.#skipping, end - at);
    this.#skipping -= skipped;
    return at + skipped;
  }
}
