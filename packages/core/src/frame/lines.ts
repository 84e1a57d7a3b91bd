import { ParleyError } from "../error.ts";
import type { FrameCodec, FrameDecoder, FrameSink } from "../frame-codec.ts";
import { FrameTooLongError } from "../frame-too-long.ts";
import { checkOneOf } from "../options.ts";
import type { Writer } from "../writer.ts";
import { findByte } from "./find-byte.ts";
import { frameLimit } from "./frame-limit.ts";
import { GrowingFrame } from "./growing-frame.ts";
import { type OversizePolicy, skipsOversize } from "./oversize.ts";

export interface LinesOptions extends OversizePolicy {
  /**
   * What ends a line on input: LF, with a CR before it if there is one (`any`, the default); LF alone, a CR being payload
   * (`lf`); CR LF and nothing else, an LF without its CR being malformed (`crlf`).
   */
  readonly newline?: "any" | "lf" | "crlf";
  /** What ends a line on output where `newline` is `any`: `lf` (the default) or `crlf`. Else it is what `newline` says. */
  readonly send?: "lf" | "crlf";
  /** Whether a frame holds its newline, which then counts. Default false. */
  readonly keepNewline?: boolean;
  /** What becomes of a last line without its newline: delivered (the default), or a fault. */
  readonly unterminated?: "deliver" | "fault";
}

const lf = 0x0a;
const cr = 0x0d;

/**
 * Every frame is a line:
 *
 *     | payload: any bytes but LF | newline: LF or CR LF |
 *
 * A CR that is not before an LF is payload, and a line that ends in one is sent with CR LF. `maxFrameBytes` counts the payload
 * alone. Encoding throws `unencodable` for a message that holds an LF.
 * @throws ParleyError `bad-option`.
 */
export function lines(options: LinesOptions = {}): FrameCodec {
  const layout = lineLayout(options);
  return Object.freeze({
    id: layout.id,
    maxFrameBytes: layout.maxFrameBytes,
    headBytes: 0,
    decoder: () => new LinesDecoder(layout),
    seal(out: Writer, at: number) {
      seal(layout, out, at);
      // The newline that was added counts for who keeps it.
      const length = out.at - at;
      if (layout.keepNewline && length > this.maxFrameBytes)
        throw new FrameTooLongError(this.maxFrameBytes, length, "local");
    },
  });
}

interface LineLayout extends Required<Omit<LinesOptions, "onTooLong">> {
  readonly id: string;
  readonly skips: boolean;
}

function lineLayout(options: LinesOptions): LineLayout {
  const { newline = "any", keepNewline = false, unterminated = "deliver" } = options;
  checkOneOf("newline", newline, ["any", "lf", "crlf"]);
  checkOneOf("unterminated", unterminated, ["deliver", "fault"]);
  const send = options.send ?? (newline === "crlf" ? "crlf" : "lf");
  checkOneOf("send", send, newline === "any" ? ["lf", "crlf"] : [newline]);
  const special = [
    newline === "any" ? "" : newline,
    send === "lf" ? "" : `send ${send}`,
    keepNewline ? "kept" : "",
  ];
  return {
    id: ["lines", ...special.filter((word) => word !== "")].join("-"),
    maxFrameBytes: frameLimit(options),
    skips: skipsOversize(options),
    newline,
    send,
    keepNewline,
    unterminated,
  };
}

function seal({ newline, send, keepNewline }: LineLayout, out: Writer, at: number): void {
  const { bytes } = out;
  if (keepNewline && out.at > at && bytes[out.at - 1] === lf) {
    out.at -= send === "crlf" && out.at > at + 1 && bytes[out.at - 2] === cr ? 2 : 1;
  }
  // The last CR of a line is taken for part of its newline, so one that is payload needs another behind it.
  const endsInCr = newline === "any" && !keepNewline && out.at > at && bytes[out.at - 1] === cr;
  out.reserve(2);
  if (send === "crlf" || endsInCr) out.bytes[out.at++] = cr;
  out.bytes[out.at] = lf;
  // Searched up to the line's own LF: a view of the payload alone costs several times the search (check `echo-text`).
  if (out.bytes.indexOf(lf, at) !== out.at++) {
    throw new ParleyError(
      "unencodable",
      "A line cannot hold a line feed; send each line as a message of its own, or use a length prefix.",
    );
  }
}

class LinesDecoder implements FrameDecoder {
  readonly #layout: LineLayout;
  #partial: GrowingFrame | null = null;
  /** Within a line that was too long, up to its LF. */
  #skipping = false;

  constructor(layout: LineLayout) {
    this.#layout = layout;
  }

  get pending(): number {
    return this.#partial === null ? 0 : this.#partial.length;
  }

  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    let at = start;
    while (at < end) {
      const newline = findByte(bytes, lf, at, end);
      if (newline < 0) {
        if (!this.#skipping) this.#keep(bytes, at, end, sink);
        return end;
      }
      const line = at;
      at = newline + 1;
      if (this.#skipping) this.#skipping = false;
      else if (!this.#line(bytes, line, newline, sink)) return at;
    }
    return at;
  }

  end(sink: FrameSink): void {
    const partial = this.#partial;
    this.#partial = null;
    this.#skipping = false;
    if (partial === null) return;
    if (this.#layout.unterminated === "fault") {
      sink.fault({ kind: "malformed", why: `The input ended after ${partial.length} bytes of a line.` });
    } else if (partial.length > this.#layout.maxFrameBytes) this.#tooLong(sink);
    else sink.frame(partial.bytes, 0, partial.length);
  }

  /** Ends a line with the bytes from `start` up to its LF at `newline`. */
  #line(bytes: Uint8Array, start: number, newline: number, sink: FrameSink): boolean {
    const partial = this.#partial;
    if (partial === null) return this.#deliver(bytes, start, newline, sink);
    this.#partial = null;
    if (partial.length + newline - start > this.#layout.maxFrameBytes + 1) return this.#tooLong(sink);
    partial.append(bytes, start, newline + 1);
    return this.#deliver(partial.bytes, 0, partial.length - 1, sink);
  }

  #deliver(bytes: Uint8Array, start: number, newline: number, sink: FrameSink): boolean {
    const layout = this.#layout;
    const hasCr = newline > start && bytes[newline - 1] === cr && layout.newline !== "lf";
    const end = layout.keepNewline ? newline + 1 : hasCr ? newline - 1 : newline;
    if (end - start > layout.maxFrameBytes) return this.#tooLong(sink);
    if (hasCr || layout.newline !== "crlf") return sink.frame(bytes, start, end);
    sink.fault({ kind: "malformed", why: "A line feed stands without its carriage return." });
    return false;
  }

  /** Keeps the beginning of a line whose LF is still to come, as long as it can still be short enough. */
  #keep(bytes: Uint8Array, start: number, end: number, sink: FrameSink): void {
    const { maxFrameBytes, newline, keepNewline } = this.#layout;
    // One byte over the limit may be the CR of the newline.
    const mayBeCr = !keepNewline && newline !== "lf" && bytes[end - 1] === cr;
    if (this.pending + end - start > (mayBeCr ? maxFrameBytes + 1 : maxFrameBytes)) {
      this.#skipping = this.#tooLong(sink);
    } else if (this.#partial === null) this.#partial = new GrowingFrame(bytes, start, end);
    else this.#partial.append(bytes, start, end);
  }

  #tooLong(sink: FrameSink): boolean {
    const { maxFrameBytes, skips } = this.#layout;
    this.#partial = null;
    return sink.fault({ kind: "too-long", limit: maxFrameBytes, recoverable: skips }) && skips;
  }
}
