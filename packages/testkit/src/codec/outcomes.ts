import type { Fault, FrameCodec, FrameSink } from "@parley/core";

/** What a decoder reported: a frame, its bytes one character each, or a fault. */
export type Outcome = { readonly frame: string } | { readonly fault: Fault };

/** How a recording sink answers: go on, or stop after every frame as a busy connection does. */
export type SinkManner = "takes all" | "stops after each";

/**
 * Feeds `bytes` to a fresh decoder of `codec`, cut at the offsets in `cuts`, ends the input, and returns all outcomes.
 * @throws Error if the decoder breaks its contract: goes on after a fatal fault, keeps bytes when it was stopped,
 * consumes less than it was given though nobody stopped it, or keeps more than it may.
 */
export function outcomesOf(
  codec: FrameCodec,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  manner: SinkManner = "takes all",
): Outcome[] {
  const outcomes: Outcome[] = [];
  const decoder = codec.decoder();
  let fatal = false;
  let stopped = false;
  const sink: FrameSink = {
    frame(frame, start, end) {
      if (fatal) throw new Error("a frame was reported after a fatal fault");
      if (stopped) throw new Error("a frame was reported after the sink had stopped the decoder");
      if (decoder.pending !== 0)
        throw new Error(`with a frame, the decoder holds back ${decoder.pending} bytes`);
      if (!(start >= 0 && start <= end && end <= frame.length)) {
        throw new Error(`the frame's range ${start} to ${end} is not within its ${frame.length} bytes`);
      }
      outcomes.push({ frame: Buffer.from(frame.subarray(start, end)).toString("latin1") });
      stopped = manner === "stops after each";
      return !stopped;
    },
    fault(fault) {
      if (fatal) throw new Error("a second fault was reported after a fatal one");
      outcomes.push({ fault });
      fatal = fault.kind === "malformed" || !fault.recoverable;
      return !fatal;
    },
  };
  const mayKeep = codec.maxFrameBytes + maxFramingBytes;
  for (const [start, end] of pieces(bytes.length, cuts)) {
    // A buffer of its own, overwritten afterwards: bytes are borrowed, so whoever keeps them must have copied them.
    const chunk = new Uint8Array(bytes.subarray(start, end));
    let at = 0;
    while (at < chunk.length && !fatal) {
      stopped = false;
      const consumed = decoder.push(chunk, at, chunk.length, sink);
      if (fatal) break;
      if (consumed < chunk.length && !stopped)
        throw new Error("the decoder left bytes that nobody told it to leave");
      if (consumed < at || consumed > chunk.length)
        throw new Error(`the decoder consumed to ${consumed} of ${chunk.length}`);
      if (stopped && decoder.pending !== 0)
        throw new Error(`stopped, the decoder holds back ${decoder.pending} bytes`);
      if (decoder.pending > mayKeep)
        throw new Error(`the decoder holds back ${decoder.pending} bytes, more than ${mayKeep}`);
      at = consumed;
    }
    chunk.fill(0xa5);
    if (fatal) return outcomes;
  }
  const held = decoder.pending;
  const before = outcomes.length;
  stopped = false;
  decoder.end(sink);
  if (held > 0 && outcomes.length === before) throw new Error(`the end of input swallowed ${held} bytes`);
  if (decoder.pending !== 0)
    throw new Error(`after the end of input the decoder holds back ${decoder.pending} bytes`);
  return outcomes;
}

/** What a framing may need beside the payload of one frame. */
const maxFramingBytes = 64 * 1024;

function pieces(length: number, cuts: readonly number[]): [number, number][] {
  const at = [...new Set([0, ...cuts.filter((cut) => cut > 0 && cut < length), length])].sort(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, i) => [at[i] as number, end]);
}
