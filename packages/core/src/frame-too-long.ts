import { type Blame, ParleyError } from "./error.ts";

/** Code `frame-too-long`: a frame, received or to be sent, is longer than its codec allows. */
export class FrameTooLongError extends ParleyError {
  /** `maxFrameBytes` of the codec. */
  readonly limit: number;
  /** The frame's length in bytes, if it is known. */
  readonly actual: number | undefined;

  constructor(limit: number, actual: number | undefined, blame: Blame) {
    const size = actual === undefined ? `more than ${limit}` : String(actual);
    super(
      "frame-too-long",
      `A frame of ${size} bytes exceeds the limit of ${limit}; send less at a time, or raise maxFrameBytes on both ends.`,
      { blame },
    );
    this.limit = limit;
    this.actual = actual;
  }
}
