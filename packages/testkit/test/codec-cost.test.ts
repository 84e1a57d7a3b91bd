import {
  bytes,
  codec,
  contentLength,
  delimited,
  encode,
  type FrameCodec,
  type FrameSink,
  fixedLength,
  jsonStream,
  lengthPrefix,
  lines,
  netstring,
} from "@parley/core";
import { describe, expect, it, vi } from "vitest";
import { costOf } from "../src/codec/codec-properties.ts";

const kibibyte = 1024;
/** Counting what is touched takes its time: the nightly run does it for a frame of 1 MiB. */
const wholeBytes = Number(process.env.PARLEY_COST_BYTES ?? 256 * kibibyte);

/** Every framing, for frames of so many bytes. */
const framings: [string, (frameBytes: number) => FrameCodec][] = [
  ["lengthPrefix", () => lengthPrefix()],
  ["lines", () => lines()],
  ["delimited", () => delimited({ delimiters: ["\r\n.\r\n", ";"] })],
  ["netstring", () => netstring()],
  ["contentLength", () => contentLength()],
  ["jsonStream", () => jsonStream()],
  ["fixedLength", (frameBytes) => fixedLength(frameBytes)],
];

/** Those whose frames' length is known beforehand. */
const announced = new Set(["lengthPrefix", "netstring", "contentLength", "fixedLength"]);

/** A stream of one frame: a JSON string, so that every framing can hold it. */
function streamOf(frame: FrameCodec, frameBytes: number): Uint8Array {
  const payload = new Uint8Array(frameBytes).fill(97);
  payload[0] = 34;
  payload[frameBytes - 1] = 34;
  return encode(codec(frame, bytes()), payload).bytes;
}

describe(`a frame of ${wholeBytes / kibibyte} KiB in single bytes costs at most 2.5 times what half of it costs, with`, () => {
  it.each(framings)("%s", (_, frameOf) => {
    const costIn = (frameBytes: number): number => {
      const frame = frameOf(frameBytes);
      return costOf({ frame }, streamOf(frame, frameBytes), 1);
    };
    const sixteenth = wholeBytes / 16;
    // What is far from linear would take hours at the full size.
    expect(costIn(sixteenth)).toBeLessThan(8 * sixteenth);
    const half = costIn(wholeBytes / 2);
    expect(half).toBeGreaterThan(wholeBytes / 2);
    expect(costIn(wholeBytes)).toBeLessThanOrEqual(2.5 * half);
  });
});

/** The bytes that are copied from array to array while a stream is decoded, cut at these offsets; and its frames. */
function decodedInPieces(frame: FrameCodec, stream: Uint8Array, ...cuts: number[]) {
  const frames: { bytes: Uint8Array; start: number; end: number }[] = [];
  const sink: FrameSink = {
    frame: (from, start, end) => frames.push({ bytes: from, start, end }) > 0,
    fault: (fault) => {
      throw new Error(JSON.stringify(fault));
    },
  };
  const offsets = [0, ...cuts, stream.length];
  const chunks = offsets.slice(0, -1).map((start, i) => stream.subarray(start, offsets[i + 1]));
  const decoder = frame.decoder();
  const set = vi.spyOn(Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array, "set");
  try {
    for (const chunk of chunks) decoder.push(chunk, 0, chunk.length, sink);
    return { frames, chunks, copied: set.mock.calls.reduce((sum, [source]) => sum + source.length, 0) };
  } finally {
    set.mockRestore();
  }
}

const frameBytes = 16 * kibibyte;
/** The end of a frame that is found by looking for it is copied with the frame. */
const delimiterBytes = 5;

describe.each(framings)("a payload with %s", (name, frameOf) => {
  const frame = frameOf(frameBytes);
  const stream = streamOf(frame, frameBytes);
  const whole = decodedInPieces(frame, stream);
  const start = whole.frames[0]?.start as number;

  it("is not copied if it lies whole in one chunk", () => {
    expect(whole.frames).toEqual([{ bytes: whole.chunks[0], start, end: start + frameBytes }]);
    expect(whole.frames[0]?.bytes).toBe(whole.chunks[0]);
    expect(whole.copied).toBe(0);
  });

  it.each([0.1, 0.5, 0.9])("is copied once if two chunks share it, the first %d of it", (share) => {
    const { frames, copied } = decodedInPieces(frame, stream, start + Math.round(frameBytes * share));
    expect(frames).toHaveLength(1);
    expect(copied).toBeGreaterThanOrEqual(frameBytes);
    // Where no length is announced, what came first is copied again into the room for what came next.
    const again = announced.has(name) ? 0 : Math.min(share, 0.5) * frameBytes;
    expect(copied).toBeLessThanOrEqual(frameBytes + again + delimiterBytes);
  });
});

it("a payload with lengthPrefix is not copied if it comes whole, but in another chunk than its header", () => {
  const frame = lengthPrefix();
  const { frames, chunks, copied } = decodedInPieces(frame, streamOf(frame, frameBytes), 4);
  expect(frames[0]?.bytes).toBe(chunks[1]);
  expect(copied).toBe(0);
});
