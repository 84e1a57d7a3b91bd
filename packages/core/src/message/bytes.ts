import type { MessageCodec } from "../message-codec.ts";
import { copyOf, viewOf } from "../runtime.ts";

export interface BytesOptions {
  /**
   * Hand out views of the read buffer instead of copies. A view is valid until the `message` callback returns (or, in an
   * iteration, until the next message is asked for) and keeps its whole chunk alive. Default false.
   */
  readonly borrow?: boolean;
}

/** Messages are the frames' bytes themselves. */
export function bytes({ borrow = false }: BytesOptions = {}): MessageCodec<Uint8Array> {
  return borrow ? borrowed : copied;
}

// Outside encode's object so that both share one function and the call site stays monomorphic.
const encode: MessageCodec<Uint8Array>["encode"] = (message, out) => {
  out.reserve(message.length);
  out.bytes.set(message, out.at);
  out.at += message.length;
};

const borrowed: MessageCodec<Uint8Array> = Object.freeze({ id: "bytes", decode: viewOf, encode });
const copied: MessageCodec<Uint8Array> = Object.freeze({ id: "bytes", decode: copyOf, encode });
