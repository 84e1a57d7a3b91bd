import { bytes, codec, encode, type Fault, type FrameCodec } from "../src/index.ts";

/** What a decoder reported: a frame, its bytes one character each, or a fault, without its words. */
export type Reported = string | { readonly kind: "malformed" } | Extract<Fault, { kind: "too-long" }>;

export const malformed = { kind: "malformed" } as const;

export const tooLong = (limit: number, actual?: number): Reported => ({
  kind: "too-long",
  limit,
  ...(actual === undefined ? {} : { actual }),
  recoverable: false,
});

export const skipped = (limit: number, actual?: number): Reported => ({
  ...(tooLong(limit, actual) as Extract<Fault, { kind: "too-long" }>),
  recoverable: true,
});

/** What comes of a stream in these chunks, one character a byte; a fault that is not recoverable is the last of it. */
export function decoded(frame: FrameCodec, ...chunks: string[]): Reported[] {
  return reported(frame, chunks, false);
}

/** The same where the input ends behind the last chunk. */
export function decodedToEnd(frame: FrameCodec, ...chunks: string[]): Reported[] {
  return reported(frame, chunks, true);
}

function reported(frame: FrameCodec, chunks: readonly string[], ends: boolean): Reported[] {
  const all: Reported[] = [];
  let fatal = false;
  const sink = {
    frame(from: Uint8Array, start: number, end: number): boolean {
      all.push(textOf(from.subarray(start, end)));
      return true;
    },
    fault(fault: Fault): boolean {
      all.push(fault.kind === "malformed" ? malformed : fault);
      fatal = fault.kind === "malformed" || !fault.recoverable;
      return !fatal;
    },
  };
  const decoder = frame.decoder();
  for (const chunk of chunks) {
    if (fatal) return all;
    decoder.push(bytesOf(chunk), 0, chunk.length, sink);
  }
  if (ends && !fatal) decoder.end(sink);
  return all;
}

/** What `frame` puts on the wire for a payload. */
export function framed(frame: FrameCodec, payload: string): string {
  return textOf(encode(codec(frame, bytes()), bytesOf(payload)).bytes);
}

/** How many bytes a fresh decoder holds back behind these chunks. */
export function pendingAfter(frame: FrameCodec, ...chunks: string[]): number {
  const decoder = frame.decoder();
  for (const chunk of chunks) {
    decoder.push(bytesOf(chunk), 0, chunk.length, { frame: () => true, fault: () => true });
  }
  return decoder.pending;
}

/** The stream byte by byte. */
export const singly = (stream: string): string[] => stream.split("");

export const bytesOf = (characters: string): Uint8Array => Uint8Array.from(Buffer.from(characters, "latin1"));
const textOf = (from: Uint8Array): string => Buffer.from(from).toString("latin1");
