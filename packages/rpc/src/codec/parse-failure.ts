import { type Codec, ParleyError, type Writer } from "@parley/core";
import { forCalls } from "./for-calls.ts";

/** Stands in the place of a message that was none. */
export class ParseFailure {
  /** What was wrong, for people; nothing of it comes from the other side. */
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/**
 * `codec`, but for frames that hold no message: they are delivered as a {@link ParseFailure}, so that a session
 * can answer before the connection is closed, as JSON-RPC 2.0 (section 5.1) asks for.
 */
export function tolerant(codec: Codec<unknown>): Codec<unknown> {
  const { message } = forCalls(codec);
  return Object.freeze({
    id: codec.id,
    frame: codec.frame,
    message: Object.freeze({
      id: message.id,
      decode(bytes: Uint8Array, start: number, end: number): unknown {
        try {
          return message.decode(bytes, start, end);
        } catch (error) {
          if (error instanceof ParleyError && error.code === "malformed")
            return new ParseFailure(error.message);
          throw error;
        }
      },
      encode: (value: unknown, out: Writer) => message.encode(value, out),
    }),
  });
}
