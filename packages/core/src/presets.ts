import { type Codec, codec } from "./codec.ts";
import { type LengthPrefixOptions, lengthPrefix } from "./frame/length-prefix.ts";
import { type LinesOptions, lines } from "./frame/lines.ts";
import { type BytesOptions, bytes } from "./message/bytes.ts";
import { type JsonOptions, json } from "./message/json.ts";
import { type MsgpackOptions, msgpack } from "./message/msgpack.ts";
import { text } from "./message/text.ts";

/** Lines of UTF-8 text: what `nc` and `telnet` speak. */
export function textLines(options?: LinesOptions): Codec<string> {
  return codec(lines(options), text());
}

/** One JSON value a line (NDJSON). */
export function jsonLines<T = unknown>(options?: LinesOptions & JsonOptions): Codec<T> {
  return codec(lines(options), json<T>(options));
}

/** JSON values behind a 4-byte length. */
export function jsonFrames<T = unknown>(options?: LengthPrefixOptions & JsonOptions): Codec<T> {
  return codec(lengthPrefix(options), json<T>(options));
}

/** Bytes behind a 4-byte length. */
export function byteFrames(options?: LengthPrefixOptions & BytesOptions): Codec<Uint8Array> {
  return codec(lengthPrefix(options), bytes(options));
}

/** MessagePack values behind a 4-byte length: like `jsonFrames`, with bytes and dates. */
export function msgpackFrames<T = unknown>(options?: LengthPrefixOptions & MsgpackOptions): Codec<T> {
  return codec(lengthPrefix(options), msgpack<T>(options));
}
