import { deepStrictEqual, ok } from "node:assert/strict";
import { bytes as bytesMessages, codec, encode, type FrameCodec, ParleyError } from "@parley/core";
import { costOf, type Outcome, outcomesOf } from "@parley/testkit";
import type { Choices } from "./choices.ts";

/** What a framing does not promise. */
export interface FrameExceptions {
  /** `raw` delivers what comes as it comes. */
  readonly keepsNoBoundaries?: boolean;
  /** What is read of a frame that was written; by default the frame. */
  readonly readAgain?: (frame: string) => string;
}

/** So many bytes may be touched for each byte that comes, alone, beside a constant. */
const maxTouches = 16;
/** Counting touches is slow. */
const maxWeighed = 256;

/**
 * The laws of every frame codec: the same bytes give the same frames and the same faults however they are cut, and whether or not
 * the decoder is stopped in between; nothing comes behind a fatal fault; no frame is beyond the limit, nor what is held back of one;
 * each byte is touched a bounded number of times; what was read is written so that it is read again.
 */
export function checkFraming(frame: FrameCodec, choices: Choices, exceptions: FrameExceptions = {}): void {
  const isWeighed = choices.below(64) === 63;
  const { bytes, cuts } = choices.pieces();
  const whole = outcomesOf(frame, bytes);
  for (const outcome of whole) checkLimit(frame, outcome);
  const cut = outcomesOf(frame, bytes, cuts);
  if (exceptions.keepsNoBoundaries) deepStrictEqual(joined(cut), joined(whole));
  else deepStrictEqual(cut, whole, "cut into pieces, the same bytes have other outcomes");
  const stopped = outcomesOf(frame, bytes, cuts, "stops after each");
  deepStrictEqual(stopped, cut, "a decoder that was stopped goes on differently");
  if (isWeighed) checkCost(frame, bytes.subarray(0, maxWeighed));
  if (!exceptions.keepsNoBoundaries) checkWriting(frame, whole, exceptions.readAgain);
}

function checkLimit({ maxFrameBytes }: FrameCodec, outcome: Outcome): void {
  if ("frame" in outcome) {
    const { length } = outcome.frame;
    ok(length <= maxFrameBytes, `a frame of ${length} bytes passed the limit of ${maxFrameBytes}`);
  } else if (outcome.fault.kind === "too-long") {
    const { limit, actual } = outcome.fault;
    ok(limit === maxFrameBytes, `a fault names the limit ${limit}, which is ${maxFrameBytes}`);
    ok(actual === undefined || actual > limit, `a frame of ${actual} bytes counts as longer than ${limit}`);
  }
}

function checkCost(frame: FrameCodec, bytes: Uint8Array): void {
  const touched = costOf({ frame }, bytes, 1);
  const allowed = maxTouches * bytes.length + 1_024;
  ok(touched <= allowed, `${bytes.length} single bytes cost ${touched} touches, more than ${allowed}`);
}

function checkWriting(
  frame: FrameCodec,
  outcomes: readonly Outcome[],
  readAgain: (frame: string) => string = (same) => same,
): void {
  const written: Uint8Array[] = [];
  const expected: Outcome[] = [];
  for (const outcome of outcomes) {
    if (!("frame" in outcome)) continue;
    const again = readAgain(outcome.frame);
    const bytes = encoded(frame, Buffer.from(outcome.frame, "latin1"), again.length);
    if (bytes === undefined) continue;
    written.push(bytes);
    expected.push({ frame: again });
  }
  deepStrictEqual(outcomesOf(frame, Buffer.concat(written)), expected, "what is written is read differently");
}

/** The bytes of a frame; undefined if the codec says that it cannot be sent. */
function encoded(frame: FrameCodec, bytes: Uint8Array, lengthThen: number): Uint8Array | undefined {
  try {
    return encode(codec(frame, bytesMessages()), bytes).bytes;
  } catch (error) {
    const code = lengthThen > frame.maxFrameBytes ? "frame-too-long" : "unencodable";
    if (error instanceof ParleyError && error.code === code) return undefined;
    throw error;
  }
}

function joined(outcomes: readonly Outcome[]): string {
  return outcomes.map((outcome) => ("frame" in outcome ? outcome.frame : `<${outcome.fault.kind}>`)).join("");
}
