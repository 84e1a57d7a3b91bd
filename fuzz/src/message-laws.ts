import { ok } from "node:assert/strict";
import { codec, encode, type MessageCodec, ParleyError, raw } from "@parley/core";

/** What a message codec makes of bytes. */
export type Decoded = { readonly value: unknown } | { readonly error: ParleyError };

/**
 * Decodes `bytes` where they are surrounded by others, as in a chunk, which are overwritten afterwards: they are borrowed.
 * @throws what is thrown that is not the remote side's fault and coded as such.
 */
export function decoded(
  messages: MessageCodec<unknown>,
  bytes: Uint8Array,
  codes: readonly string[] = ["malformed"],
): Decoded {
  const chunk = Buffer.concat([Buffer.from('x"['), bytes, Buffer.from(']"}}')]);
  try {
    return { value: messages.decode(chunk, 3, 3 + bytes.length) };
  } catch (error) {
    ok(error instanceof ParleyError, `decoding threw what is no ParleyError: ${String(error)}`);
    ok(codes.includes(error.code), `decoding threw the code ${error.code}: ${error.message}`);
    ok(error.blame === "remote", "bytes that cannot be read are the remote side's fault");
    return { error };
  } finally {
    chunk.fill(0xa5);
  }
}

/** The bytes of a message. @throws what its codec does. */
export function written(messages: MessageCodec<unknown>, message: unknown): Uint8Array {
  return Uint8Array.from(encode(codec(raw(), messages), message).bytes);
}
