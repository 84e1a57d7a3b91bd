import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { type Codec, encode, FrameTooLongError } from "@parley/core";
import fc, { type Arbitrary } from "fast-check";
import { type Outcome, outcomesOf } from "./outcomes.ts";
import { touchedBytes } from "./touched-bytes.ts";

/** How thoroughly, and with what, a codec is tested. */
export interface CodecTestOptions<Message> {
  /** Random cases per property. Default 1,000. */
  readonly runs?: number;
  /** Replays the run that a failure has printed. Default a new one each time. */
  readonly seed?: number;
  /** A message whose frame has about so many bytes; every limit is tried with it. Default made from the first sample. */
  readonly sized?: (bytes: number) => Message;
  /** Whether frames keep their boundaries; `raw` does not. Default true. */
  readonly keepsBoundaries?: boolean;
  /** Whether frames may have any length up to the limit; those of `fixedLength` may not. Default true. */
  readonly hasLimit?: boolean;
}

/** One thing that holds of a codec. */
export interface CodecProperty {
  readonly name: string;
  /** @throws an error that says what does not hold, with the seed that replays it. */
  check(): void;
}

/**
 * What must hold of every codec, each to be run as a test of its own:
 * messages come back as they were sent; the same bytes have the same outcomes however they are cut, and whether or not the
 * decoder is stopped in between; arbitrary bytes never hang it, pass its limit or make it throw; the limit is kept to
 * the byte; input that ends anywhere is accounted for; cost is linear in the bytes.
 */
export function codecProperties<Message>(
  codec: Codec<Message>,
  samples: readonly Message[],
  options: CodecTestOptions<Message> = {},
): CodecProperty[] {
  const { runs = 1_000, keepsBoundaries = true, hasLimit = true } = options;
  const { frame } = codec;
  const settings = { numRuns: runs, ...(options.seed === undefined ? {} : { seed: options.seed }) };
  const sized = options.sized ?? sizedLike(samples);
  const sample = fc.constantFrom(...samples);
  const stream = fc.array(sample, { maxLength: 6 }).map((messages) => encode(codec, ...messages).bytes);
  const cuts = fc.array(fc.nat({ max: 4096 }), { maxLength: 12 });
  const noise = noiseLike(samples.map((message) => encode(codec, message).bytes));

  const boundaries: CodecProperty[] = [
    {
      name: "messages come back as they were sent",
      check: () =>
        fc.assert(
          fc.property(fc.array(sample, { maxLength: 8 }), (messages) => {
            deepStrictEqual(messagesOf(codec, encode(codec, ...messages).bytes), messages);
          }),
          settings,
        ),
    },
    {
      name: "every split of the samples gives the same outcomes, and so do single bytes",
      check: () => {
        const bytes = encode(codec, ...samples).bytes;
        const whole = outcomesOf(frame, bytes);
        for (let cut = 1; cut < bytes.length; cut++) {
          deepStrictEqual(outcomesOf(frame, bytes, [cut]), whole, `split at ${cut} of ${bytes.length}`);
        }
        deepStrictEqual(outcomesOf(frame, bytes, everywhere(bytes.length)), whole, "in single bytes");
      },
    },
    {
      name: "random chunks give the same outcomes",
      check: () =>
        fc.assert(
          fc.property(stream, cuts, (bytes, at) => {
            deepStrictEqual(outcomesOf(frame, bytes, within(bytes, at)), outcomesOf(frame, bytes));
          }),
          settings,
        ),
    },
    {
      name: "arbitrary bytes give the same outcomes in any chunks",
      check: () =>
        fc.assert(
          fc.property(noise, cuts, (bytes, at) => {
            deepStrictEqual(outcomesOf(frame, bytes, within(bytes, at)), outcomesOf(frame, bytes));
          }),
          settings,
        ),
    },
  ];
  const limit: CodecProperty = {
    name: "a frame of exactly the maximum passes, one byte more does not",
    check: () => checkLimit(codec, samples, sized),
  };

  return [
    ...(keepsBoundaries ? boundaries : []),
    ...(keepsBoundaries && hasLimit ? [limit] : []),
    {
      name: "a decoder stopped after each frame goes on where it was",
      check: () =>
        fc.assert(
          fc.property(fc.oneof(stream, noise), cuts, (bytes, at) => {
            deepStrictEqual(
              outcomesOf(frame, bytes, within(bytes, at), "stops after each"),
              outcomesOf(frame, bytes, within(bytes, at)),
            );
          }),
          settings,
        ),
    },
    {
      name: "arbitrary bytes never pass the limit, and decode or are malformed",
      check: () =>
        fc.assert(
          fc.property(noise, cuts, (bytes, at) => {
            for (const outcome of outcomesOf(frame, bytes, within(bytes, at))) checkOutcome(codec, outcome);
          }),
          settings,
        ),
    },
    {
      name: "input that ends anywhere is accounted for",
      check: () => checkTruncation(codec, samples, keepsBoundaries),
    },
    {
      name: "cost is linear in the bytes, in single-byte chunks too",
      check: () => (hasLimit ? checkCost(codec, sized) : checkCostOfMany(codec, samples)),
    },
  ];
}

/** The messages in `bytes`. @throws Error at a fault. */
function messagesOf<Message>(codec: Codec<Message>, bytes: Uint8Array): Message[] {
  return outcomesOf(codec.frame, bytes).map((outcome) => {
    if (!("frame" in outcome))
      throw new Error(`a fault where a frame was sent: ${JSON.stringify(outcome.fault)}`);
    return decodeFrame(codec, outcome.frame);
  });
}

function decodeFrame<Message>(codec: Codec<Message>, frame: string): Message {
  const bytes = Buffer.from(frame, "latin1");
  return codec.message.decode(bytes, 0, bytes.length);
}

function checkOutcome(codec: Codec<unknown>, outcome: Outcome): void {
  if (!("frame" in outcome)) return;
  ok(
    outcome.frame.length <= codec.frame.maxFrameBytes,
    `a frame of ${outcome.frame.length} bytes passed the limit`,
  );
  try {
    decodeFrame(codec, outcome.frame);
  } catch (error) {
    const { code } = error as { code?: string };
    ok(
      code === "malformed" || code === "frame-too-long",
      `decoding threw ${String(error)}, which is not coded`,
    );
  }
}

function checkLimit<Message>(
  codec: Codec<Message>,
  samples: readonly Message[],
  sized: (bytes: number) => Message,
): void {
  const { frame } = codec;
  const limit = frame.maxFrameBytes;
  const exact = ofPayload(codec, sized, limit);
  const whole = outcomesOf(frame, exact);
  strictEqual(whole.length, 1);
  ok("frame" in (whole[0] as Outcome), "a frame of exactly the maximum is refused");
  // The framing's last bytes are where a limit is easily off by one.
  for (let cut = Math.max(1, exact.length - 8); cut < exact.length; cut++) {
    deepStrictEqual(
      outcomesOf(frame, exact, [cut]),
      whole,
      `split ${exact.length - cut} bytes before the end`,
    );
  }
  throws(() => ofPayload(codec, sized, limit + 1), FrameTooLongError);
  const tooLong = ofPayload(unlimited(codec), sized, limit + 1);
  const sampled = outcomesOf(frame, encode(codec, ...samples).bytes);
  const followed = Buffer.concat([tooLong, encode(codec, ...samples).bytes]);
  for (const at of [
    [],
    [1],
    [tooLong.length - 1],
    [tooLong.length],
    everywhere(Math.min(64, tooLong.length)),
  ]) {
    const [first, ...rest] = outcomesOf(frame, followed, at);
    ok(first !== undefined && "fault" in first && first.fault.kind === "too-long", "one byte more passes");
    strictEqual(first.fault.limit, limit);
    deepStrictEqual(rest, first.fault.recoverable ? sampled : [], "what follows a frame that is too long");
  }
}

/** The encoded message whose frame has exactly `bytes` bytes. */
function ofPayload<Message>(
  codec: Codec<Message>,
  sized: (bytes: number) => Message,
  bytes: number,
): Uint8Array {
  const probe = unlimited(codec);
  const sizeOf = (message: Message): number => {
    const [outcome] = outcomesOf(probe.frame, encode(probe, message).bytes);
    // What the codec itself would not take is as long as was asked for.
    return outcome !== undefined && "frame" in outcome ? outcome.frame.length : bytes;
  };
  const probed = Math.min(64, Math.floor(codec.frame.maxFrameBytes / 2));
  const overhead = sizeOf(sized(probed)) - probed;
  return encode(codec, sized(bytes - overhead)).bytes;
}

/** The codec without its limit on what is sent. */
function unlimited<Message>(codec: Codec<Message>): Codec<Message> {
  const { frame } = codec;
  const free = Object.create(frame, { maxFrameBytes: { value: Number.MAX_SAFE_INTEGER } });
  return { ...codec, frame: free };
}

function checkTruncation<Message>(
  codec: Codec<Message>,
  samples: readonly Message[],
  keepsBoundaries: boolean,
): void {
  const bytes = encode(codec, ...samples).bytes;
  const whole = outcomesOf(codec.frame, bytes);
  for (let length = 0; length < bytes.length; length++) {
    const outcomes = outcomesOf(codec.frame, bytes.subarray(0, length));
    if (!keepsBoundaries) continue;
    const last = outcomes.at(-1);
    const cut = whole[outcomes.length - 1];
    if (last !== undefined && "frame" in last && cut !== undefined && "frame" in cut) {
      // A last line may end in the CR of the newline that was cut off.
      const sent = Buffer.from(bytes.subarray(0, length)).toString("latin1");
      ok(
        cut.frame.startsWith(last.frame) || sent.endsWith(last.frame),
        `cut off after ${length} bytes, a frame has bytes that were not sent`,
      );
    }
    const complete =
      last === undefined || whole[outcomes.length - 1] === undefined ? outcomes : outcomes.slice(0, -1);
    deepStrictEqual(
      complete,
      whole.slice(0, complete.length),
      `cut off after ${length} of ${bytes.length} bytes`,
    );
  }
}

/** Twice the bytes may cost two and a half times as much, not more: each byte is touched a bounded number of times. */
function checkCost<Message>(codec: Codec<Message>, sized: (bytes: number) => Message): void {
  const largest = Math.min(codec.frame.maxFrameBytes, 32 * 1024);
  for (const chunkBytes of [1, 61]) {
    const half = costOf(codec, ofPayload(codec, sized, largest / 2), chunkBytes);
    const full = costOf(codec, ofPayload(codec, sized, largest), chunkBytes);
    ok(
      full <= 2.5 * half,
      `twice the bytes cost ${full} against ${half} bytes touched, in chunks of ${chunkBytes}`,
    );
  }
}

/** The same where it is the number of frames that doubles. */
function checkCostOfMany<Message>(codec: Codec<Message>, samples: readonly Message[]): void {
  const some = Array.from({ length: 512 }, (_, i) => samples[i % samples.length] as Message);
  const half = costOf(codec, encode(codec, ...some).bytes, 1);
  const full = costOf(codec, encode(codec, ...some, ...some).bytes, 1);
  ok(full <= 2.5 * half, `twice the frames cost ${full} against ${half} bytes touched`);
}

/** The bytes that decoding a stream touches when it comes in chunks of `chunkBytes`. */
export function costOf(
  { frame }: Pick<Codec<unknown>, "frame">,
  bytes: Uint8Array,
  chunkBytes: number,
): number {
  return touchedBytes((watch) => {
    const decoder = frame.decoder();
    const sink = { frame: () => true, fault: () => false };
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      const chunk = bytes.subarray(at, at + chunkBytes);
      decoder.push(watch(chunk), 0, chunk.length, sink);
    }
  });
}

/** Random numbers as offsets in `bytes`. */
const within = (bytes: Uint8Array, at: readonly number[]): number[] =>
  at.map((cut) => cut % (bytes.length + 1));

const everywhere = (length: number): number[] => Array.from({ length }, (_, at) => at);

function sizedLike<Message>([first]: readonly Message[]): (bytes: number) => Message {
  const like = (bytes: number): unknown =>
    typeof first === "string" ? "a".repeat(bytes) : new Uint8Array(bytes).fill(97);
  return like as (bytes: number) => Message;
}

/** Random bytes, bytes that mean something to framings, and damaged streams. */
function noiseLike(streams: readonly Uint8Array[]): Arbitrary<Uint8Array> {
  const any = fc.uint8Array({ maxLength: 64, size: "max" });
  const meaningful = fc
    .array(fc.constantFrom(...Buffer.from('\n\r\0\\"{}[],:0123456789aCL-+ \x80\xff\xef\xbb\xbf', "latin1")), {
      maxLength: 64,
      size: "max",
    })
    .map((bytes) => Uint8Array.from(bytes));
  const damaged = fc
    .tuple(
      fc.constantFrom(...streams),
      fc.nat(),
      fc.nat({ max: 255 }),
      fc.constantFrom("change", "drop", "double"),
    )
    .map(([bytes, where, byte, damage]) => {
      const at = bytes.length === 0 ? 0 : where % bytes.length;
      const tail = damage === "double" ? at : at + 1;
      const middle = damage === "drop" ? [] : [byte];
      return Uint8Array.from([...bytes.subarray(0, at), ...middle, ...bytes.subarray(tail)]);
    });
  const parts = fc.array(fc.oneof(any, meaningful, damaged, fc.constantFrom(...streams)), { maxLength: 4 });
  return parts.map((all) => Uint8Array.from(all.flatMap((part) => [...part])));
}
