import type { Writer } from "./writer.ts";

/** Translates between a frame's bytes and the value they stand for. Stateless: one serves any number of connections. */
export interface MessageCodec<In, Out = In> {
  /** Names the translation. */
  readonly id: string;
  /**
   * The value of the frame in `bytes` from `start` up to `end`. The bytes are borrowed: copies what it keeps.
   * @throws ParleyError `malformed` if they have no value.
   */
  decode(bytes: Uint8Array, start: number, end: number): In;
  /**
   * Writes the bytes of `message` behind what stands in `out`.
   * @throws ParleyError `unencodable` if it has none.
   */
  encode(message: Out, out: Writer): void;
}
