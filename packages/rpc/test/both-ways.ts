import { codec, encode, type MessageCodec, raw } from "@parley/core";

/** What a codec makes of bytes: a value, or an error. */
export function outcomeOf(
  messages: MessageCodec<unknown>,
  bytes: Uint8Array,
): { value: unknown } | { error: unknown } {
  try {
    // Not at the beginning of the buffer, as in a chunk.
    const chunk = Buffer.concat([Buffer.from("xyz"), bytes, Buffer.from("}}")]);
    return { value: messages.decode(chunk, 3, 3 + bytes.length) };
  } catch (error) {
    return { error };
  }
}

/** The bytes that a codec writes for a message. */
export function writtenBy(messages: MessageCodec<unknown>, message: unknown): Buffer {
  return Buffer.from(encode(codec(raw(), messages), message).bytes);
}

/** What comes of writing a message: bytes, or an error. */
export function writingOf(
  messages: MessageCodec<unknown>,
  message: unknown,
): { bytes: Buffer } | { error: unknown } {
  try {
    return { bytes: writtenBy(messages, message) };
  } catch (error) {
    return { error };
  }
}
