import { type Codec, JsonMessages, type MessageCodec, MsgpackMessages } from "@parley/core";
import { JsonCalls } from "./json-calls.ts";
import { MsgpackCalls } from "./msgpack-calls.ts";

/** `codec`, where its messages are JSON or MessagePack with a shorter way for calls; the bytes are the same. */
export function forCalls(codec: Codec<unknown>): Codec<unknown> {
  const { id, frame } = codec;
  const message = messagesFor(codec.message);
  return message === codec.message ? codec : Object.freeze({ id, frame, message });
}

function messagesFor(messages: MessageCodec<unknown>): MessageCodec<unknown> {
  // Where no parameters fit in there is nothing to be gained.
  if (messages instanceof JsonMessages && messages.maxDepth > 1) return new JsonCalls(messages);
  if (messages instanceof MsgpackMessages && messages.maxDepth > 1) return new MsgpackCalls(messages);
  return messages;
}
