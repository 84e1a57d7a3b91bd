import { ParleyError } from "../error.ts";
import type { MessageCodec } from "../message-codec.ts";
import { checkInteger } from "../options.ts";
import { checkJsonDepth } from "./json-depth.ts";
import { utf8 } from "./utf8.ts";

export interface JsonOptions {
  /** How deep arrays and objects may nest. Default 64; from 1 to 10,000. */
  readonly maxDepth?: number;
}

const defaultMaxDepth = 64;

/**
 * Messages are JSON values (RFC 8259) in UTF-8. `__proto__` in a text is an ordinary property of the result.
 * Decoding anything else, or a value nested deeper than `maxDepth`, is `malformed`. Encoding throws `unencodable` for what JSON
 * cannot express: undefined, functions, bigint, cycles.
 * @throws ParleyError `bad-option`.
 */
export function json<T = unknown>({ maxDepth = defaultMaxDepth }: JsonOptions = {}): MessageCodec<T> {
  checkInteger("maxDepth", maxDepth, 1, 10_000);
  return Object.freeze({
    id: "json",
    decode(bytes: Uint8Array, start: number, end: number): T {
      const text = utf8.decode(bytes, start, end);
      checkJsonDepth(bytes, start, end, maxDepth);
      return parse(text) as T;
    },
    encode(message: T, out: Parameters<MessageCodec<T>["encode"]>[1]): void {
      utf8.encode(stringify(message), out);
    },
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's own message quotes the text, which may hold anything.
    throw new ParleyError("malformed", "The frame is not a JSON value.", { blame: "remote", cause });
  }
}

function stringify(message: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(message);
  } catch (cause) {
    throw new ParleyError(
      "unencodable",
      "The message cannot be written as JSON: it holds a cycle or a bigint.",
      { cause },
    );
  }
  if (text !== undefined) return text;
  throw new ParleyError("unencodable", `A message of type ${typeof message} cannot be written as JSON.`);
}
