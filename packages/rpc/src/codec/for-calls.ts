import { type Codec, JsonMessages } from "@parley/core";
import { JsonCalls } from "./json-calls.ts";

/** `codec`, where its messages are JSON with a shorter way for calls; the bytes are the same. */
export function forCalls(codec: Codec<unknown>): Codec<unknown> {
  const { id, frame, message } = codec;
  return message instanceof JsonMessages
    ? Object.freeze({ id, frame, message: new JsonCalls(message) })
    : codec;
}
