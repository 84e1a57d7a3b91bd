import type { Writer } from "./writer.ts";

/** A frame longer than the codec allows. */
export interface TooLong {
  readonly kind: "too-long";
  /** `maxFrameBytes`. */
  readonly limit: number;
  /** The frame's length in bytes, where the framing announces it. */
  readonly actual?: number;
  /** Whether the decoder passes over the frame and goes on with the next. */
  readonly recoverable: boolean;
}

/** What a decoder may find wrong. Only `too-long` with `recoverable` leaves the decoder usable. */
export type Fault = { readonly kind: "malformed"; readonly why: string } | TooLong;

/** Who a decoder reports to. Both methods return false to stop the decoder there. */
export interface FrameSink {
  /** A frame: the bytes from `start` up to `end`, borrowed until this returns. */
  frame(bytes: Uint8Array, start: number, end: number): boolean;
  fault(fault: Fault): boolean;
}

/** The reading half of a frame codec: one per connection, stateful, linear in the bytes it is told of. */
export interface FrameDecoder {
  /**
   * Reports the frames that `bytes` from `start` up to `end` complete, and keeps a copy of what is left over.
   * Returns the offset consumed: `end`, or less if the sink stopped it. After a fault that is not recoverable
   * the decoder must not be used again.
   */
  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number;
  /** End of input: reports the last unterminated frame, or a fault, or nothing if nothing is held back. */
  end(sink: FrameSink): void;
  /** How many bytes of a frame begun are held back; 0 whenever the sink stopped the decoder. */
  readonly pending: number;
}

/** An immutable description of a framing, from which decoders are made. */
export interface FrameCodec {
  /** Names the framing and whatever of its options shows on the wire. */
  readonly id: string;
  /** The longest frame, in bytes of payload, that is decoded or encoded. */
  readonly maxFrameBytes: number;
  /** How many bytes `seal` needs reserved in front of the payload. */
  readonly headBytes: number;
  decoder(): FrameDecoder;
  /**
   * Frames a payload in place: it stands in `out.bytes` from `at + headBytes` up to `out.at`; writes the head before
   * and the tail behind it.
   * @throws ParleyError `unencodable` if the framing cannot hold the payload.
   */
  seal(out: Writer, at: number): void;
}
