import type { MessageCodec } from "../message-codec.ts";
import { utf8 } from "./utf8.ts";

const utf8Text: MessageCodec<string> = Object.freeze({ id: "text", ...utf8 });

/**
 * Messages are strings, as UTF-8 (RFC 3629). Bytes that are not UTF-8 are an error, never U+FFFD; a byte order mark is
 * kept as U+FEFF. Sending half of a surrogate pair throws `unencodable`.
 */
export function text(): MessageCodec<string> {
  return utf8Text;
}
