import {
  bytes,
  type Codec,
  codec,
  type FrameCodec,
  type FrameDecoder,
  type FrameSink,
  lengthPrefix,
  lines,
  type MessageCodec,
  type Writer,
} from "@parley/core";

const maxFrameBytes = 256;
export const samples = [new Uint8Array(), Uint8Array.of(1), new Uint8Array(20).fill(7)];
export const sound = lengthPrefix({ width: 2, maxFrameBytes });

/** A sound codec, parts of it replaced. */
export const broken = (parts: Partial<FrameCodec>): Codec<Uint8Array> =>
  codec({ ...sound, ...parts }, bytes());

/** A sound decoder, parts of it replaced by what is made of it. */
function brokenDecoder(
  replace: (decoder: FrameDecoder) => Partial<FrameDecoder>,
  frame: FrameCodec = sound,
): Codec<Uint8Array> {
  return broken({
    ...frame,
    decoder() {
      const decoder = frame.decoder();
      const parts = {
        push: decoder.push.bind(decoder),
        end: decoder.end.bind(decoder),
        get pending() {
          return decoder.pending;
        },
      };
      return Object.defineProperties(parts, Object.getOwnPropertyDescriptors(replace(decoder)));
    },
  });
}

/** A sound decoder that reports to a sink made of the one it is given. */
const reportingTo = (make: (sink: FrameSink) => FrameSink, frame: FrameCodec = sound): Codec<Uint8Array> =>
  brokenDecoder(
    (decoder) => ({
      push: (chunk, start, end, sink) => decoder.push(chunk, start, end, make(sink)),
    }),
    frame,
  );

/** A decoder for a 2-byte length as it is often written first: glues chunks together, and looks again. */
class GluingDecoder implements FrameDecoder {
  held: Uint8Array = new Uint8Array();

  get pending(): number {
    return this.held.length;
  }

  push(chunk: Uint8Array, start: number, end: number, sink: FrameSink): number {
    const all = this.glue(chunk.subarray(start, end));
    this.held = new Uint8Array();
    let at = 0;
    while (all.length - at >= 2) {
      const length = (all[at] as number) * 256 + (all[at + 1] as number);
      if (length > maxFrameBytes) {
        sink.fault({ kind: "too-long", limit: maxFrameBytes, actual: length, recoverable: false });
        return end;
      }
      if (all.length - at < 2 + length) break;
      at += 2 + length;
      if (!sink.frame(all, at - length, at)) return end - (all.length - at);
    }
    this.keep(all.subarray(at));
    return end;
  }

  end(sink: FrameSink): void {
    if (this.held.length > 0) sink.fault({ kind: "malformed", why: "cut off" });
    this.held = new Uint8Array();
  }

  glue(chunk: Uint8Array): Uint8Array {
    if (this.held.length === 0) return chunk;
    const all = new Uint8Array(this.held.length + chunk.length);
    all.set(this.held);
    all.set(chunk, this.held.length);
    return all;
  }

  keep(rest: Uint8Array): void {
    this.held = new Uint8Array(rest);
  }
}

/** Loses what a chunk ends in the middle of. */
export class ForgettingDecoder extends GluingDecoder {
  override keep(rest: Uint8Array): void {
    this.held = new Uint8Array(rest.subarray(0, -1));
  }
}

/** Keeps the borrowed bytes themselves. */
class BorrowingDecoder extends GluingDecoder {
  override keep(rest: Uint8Array): void {
    this.held = rest;
  }
}

/** Keeps what is left over when it is stopped, so that a change of codec would lose it. */
class HoardingDecoder extends GluingDecoder {
  override push(chunk: Uint8Array, start: number, end: number, sink: FrameSink): number {
    const consumed = super.push(chunk, start, end, sink);
    this.keep(chunk.subarray(consumed, end));
    return end;
  }
}

const sealedWith = (seal: (out: Writer, at: number, length: number) => void): Codec<Uint8Array> =>
  broken({ seal: (out, at) => seal(out, at, out.at - at - 2) });

export const reading = (decode: MessageCodec<Uint8Array>["decode"]): Codec<Uint8Array> =>
  codec(sound, { ...bytes(), decode });

const roundTrip = "messages come back as they were sent";
export const splits = "every split of the samples gives the same outcomes, and so do single bytes";
const chunkings = "random chunks give the same outcomes";
const noise = "arbitrary bytes give the same outcomes in any chunks";
const limit = "a frame of exactly the maximum passes, one byte more does not";
const stops = "a decoder stopped after each frame goes on where it was";
export const bounded = "arbitrary bytes never pass the limit, and decode or are malformed";
const truncation = "input that ends anywhere is accounted for";
const cost = "cost is linear in the bytes, in single-byte chunks too";

/** Broken codecs, each with the properties that must not hold of it, and what they must say. */
export const faults: [
  name: string,
  properties: readonly string[],
  because: RegExp,
  culprit: Codec<Uint8Array>,
][] = [
  [
    "loses a byte at the end of a chunk",
    [splits, chunkings],
    /split at|Expected values/,
    broken({ decoder: () => new ForgettingDecoder() }),
  ],
  [
    "keeps borrowed bytes without a copy",
    [splits, chunkings],
    /split at|Expected values/,
    broken({ decoder: () => new BorrowingDecoder() }),
  ],
  [
    "glues chunks together again and again",
    [cost],
    /twice the bytes cost/,
    broken({ decoder: () => new GluingDecoder() }),
  ],
  [
    "holds bytes back when it was stopped",
    [stops],
    /stopped, the decoder holds back|Expected values/,
    broken({ decoder: () => new HoardingDecoder() }),
  ],
  [
    "goes on after it was stopped",
    [stops],
    /after the sink had stopped/,
    reportingTo((sink) => ({
      frame: (...frame) => {
        sink.frame(...frame);
        return true;
      },
      fault: (fault) => sink.fault(fault),
    })),
  ],
  [
    "claims less than it has consumed",
    [roundTrip],
    /nobody told it to leave/,
    brokenDecoder((decoder) => ({
      push: (chunk, start, end, sink) => Math.max(start, decoder.push(chunk, start, end, sink) - 1),
    })),
  ],
  [
    "claims more than it was given",
    [roundTrip],
    /consumed to/,
    brokenDecoder((decoder) => ({
      push: (chunk, start, end, sink) => decoder.push(chunk, start, end, sink) + 1,
    })),
  ],
  [
    "reports a range beyond its bytes",
    [roundTrip],
    /range/,
    reportingTo((sink) => ({
      frame: (chunk, start) => sink.frame(chunk, start, chunk.length + 1),
      fault: (fault) => sink.fault(fault),
    })),
  ],
  [
    "reports every frame twice",
    [roundTrip],
    /Expected values/,
    reportingTo((sink) => ({
      frame: (...frame) => sink.frame(...frame) && sink.frame(...frame),
      fault: (fault) => sink.fault(fault),
    })),
  ],
  [
    "passes over empty frames",
    [roundTrip],
    /Expected values/,
    reportingTo((sink) => ({
      frame: (chunk, start, end) => start === end || sink.frame(chunk, start, end),
      fault: (fault) => sink.fault(fault),
    })),
  ],
  [
    "reports a fault twice",
    [noise, bounded],
    /second fault/,
    reportingTo((sink) => ({
      frame: (...frame) => sink.frame(...frame),
      fault: (fault) => sink.fault(fault) || sink.fault(fault),
    })),
  ],
  [
    "goes on after a fatal fault",
    [noise, bounded],
    /after a fatal/,
    brokenDecoder(
      (decoder) => ({
        push: (chunk, start, end, sink) => {
          let at = start;
          while (at < end) at = decoder.push(chunk, at, end, sink);
          return end;
        },
      }),
      lines({ newline: "crlf", maxFrameBytes }),
    ),
  ],
  [
    "has a limit of one byte less than it says",
    [limit],
    /exactly the maximum is refused/,
    broken({ decoder: () => lengthPrefix({ width: 2, maxFrameBytes: maxFrameBytes - 1 }).decoder() }),
  ],
  [
    "has a limit of one byte more than it says",
    [limit],
    /one byte more/,
    broken({ decoder: () => lengthPrefix({ width: 2, maxFrameBytes: maxFrameBytes + 1 }).decoder() }),
  ],
  [
    "names another limit than its own",
    [limit],
    /Expected values/,
    reportingTo((sink) => ({
      frame: (...frame) => sink.frame(...frame),
      fault: (fault) => sink.fault(fault.kind === "too-long" ? { ...fault, limit: 1 } : fault),
    })),
  ],
  [
    "holds back more than it may",
    [splits],
    /holds back 1000000 bytes, more than/,
    brokenDecoder((decoder) => ({
      get pending() {
        return decoder.pending === 0 ? 0 : 1_000_000;
      },
    })),
  ],
  ["swallows what is left over at the end", [truncation], /swallowed/, brokenDecoder(() => ({ end() {} }))],
  [
    "still holds bytes back after the end",
    [truncation],
    /after the end of input/,
    brokenDecoder((decoder) => ({
      end: (sink) => {
        if (decoder.pending > 0) sink.fault({ kind: "malformed", why: "cut off" });
      },
    })),
  ],
  [
    "depends on how chunks are cut",
    [splits, chunkings],
    /split at|in single bytes|Expected values/,
    brokenDecoder((decoder) => ({
      push: (chunk, start, end, sink) => {
        if (chunk.length === 1 || chunk[start] === 7) {
          sink.fault({ kind: "malformed", why: "too small" });
          return end;
        }
        return decoder.push(chunk, start, end, sink);
      },
    })),
  ],
  [
    "cuts the length down to its lower byte",
    [limit],
    /maximum|Expected values/,
    sealedWith((out, at, length) => {
      out.bytes[at] = 0;
      out.bytes[at + 1] = length;
    }),
  ],
  [
    "writes one byte less than the length",
    [roundTrip],
    /a fault where a frame was sent|Expected values/,
    sealedWith((out, at, length) => {
      sound.seal(out, at);
      if (length > 0) out.at -= 1;
    }),
  ],
  [
    "throws while decoding, without a code",
    [roundTrip, bounded],
    /oops/,
    reading(() => {
      throw new RangeError("oops");
    }),
  ],
  [
    "throws from within the decoder",
    [noise],
    /oops/,
    brokenDecoder((decoder) => ({
      push: (chunk, start, end, sink) => {
        if (chunk.subarray(start, end).includes(0xff)) throw new TypeError("oops");
        return decoder.push(chunk, start, end, sink);
      },
    })),
  ],
  [
    "hands out a view where it should copy",
    [roundTrip],
    /Expected values/,
    reading((chunk, start, end) => chunk.subarray(start, end).fill(0)),
  ],
];
