import { ParleyError } from "./error.ts";
import type { FrameCodec } from "./frame-codec.ts";
import { FrameTooLongError } from "./frame-too-long.ts";
import type { MessageCodec } from "./message-codec.ts";
import { allocate } from "./runtime.ts";
import { OutputBuffer, type Writer } from "./writer.ts";

/** A frame codec and a message codec together: all that a connection needs to know of its protocol. */
export interface Codec<In, Out = In> {
  /** Two codecs with the same id put the same bytes on the wire. */
  readonly id: string;
  readonly frame: FrameCodec;
  readonly message: MessageCodec<In, Out>;
}

/** Messages encoded once, to be sent to many; see {@link encode}. */
export interface Encoded {
  readonly codecId: string;
  readonly bytes: Uint8Array;
  readonly messages: number;
}

/** Joins a frame codec and a message codec. */
export function codec<In, Out>(frame: FrameCodec, message: MessageCodec<In, Out>): Codec<In, Out> {
  return Object.freeze({ id: `${frame.id}+${message.id}`, frame, message });
}

/**
 * Appends one framed message to `out`; on an error `out` is as it was.
 * @throws FrameTooLongError if its payload exceeds `maxFrameBytes`; ParleyError `unencodable`.
 */
export function encodeInto<Out>(
  { frame, message: messages }: Codec<unknown, Out>,
  message: Out,
  out: Writer,
): void {
  const at = out.at;
  try {
    out.reserve(frame.headBytes);
    out.at = at + frame.headBytes;
    messages.encode(message, out);
    const length = out.at - at - frame.headBytes;
    if (length > frame.maxFrameBytes) throw new FrameTooLongError(frame.maxFrameBytes, length, "local");
    frame.seal(out, at);
  } catch (error) {
    out.at = at;
    throw error;
  }
}

/**
 * Encodes messages into bytes of their own, for `Connection.sendEncoded`.
 * @throws as {@link encodeInto}.
 */
export function encode<Out>(codec: Codec<unknown, Out>, ...messages: readonly Out[]): Encoded {
  const out = new OutputBuffer();
  for (const message of messages) encodeInto(codec, message, out);
  // Not a plain Uint8Array, of which Node would make a Buffer for every connection that it is sent to (`bench fan-out`).
  const bytes = allocate(out.at);
  bytes.set(out.written());
  out.recycle();
  return { codecId: codec.id, bytes, messages: messages.length };
}

/** @throws ParleyError `wrong-codec` if `encoded` was made for another codec than `codec`. */
export function checkEncoded(encoded: Encoded, codec: Codec<unknown, never>): void {
  if (encoded.codecId === codec.id) return;
  throw new ParleyError(
    "wrong-codec",
    `These bytes were encoded for ${encoded.codecId}, the connection speaks ${codec.id}; encode them once per codec.`,
  );
}
