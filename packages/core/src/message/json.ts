import { ParleyError } from "../error.ts";
import type { MessageCodec } from "../message-codec.ts";
import { checkInteger } from "../options.ts";
import type { Writer } from "../writer.ts";
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
export function json<T = unknown>(options: JsonOptions = {}): JsonMessages<T> {
  return new JsonMessages<T>(options);
}

/** See {@link json}. `decode` and `encode` are its own, for who spreads it to change one of them. */
export class JsonMessages<T = unknown> implements MessageCodec<T> {
  readonly id = "json";
  readonly decode = (bytes: Uint8Array, start: number, end: number): T =>
    this.#decode(bytes, start, end, this.maxDepth) as T;
  readonly encode = (message: unknown, out: Writer): void => utf8.encode(stringify(message), out);
  /** How deep arrays and objects may nest. */
  readonly maxDepth: number;

  constructor({ maxDepth = defaultMaxDepth }: JsonOptions) {
    checkInteger("maxDepth", maxDepth, 1, 10_000);
    this.maxDepth = maxDepth;
    Object.freeze(this);
  }

  /** Decodes what is a member's value in a message that is an object. @throws ParleyError `malformed`. */
  decodeMember(bytes: Uint8Array, start: number, end: number): unknown {
    return this.#decode(bytes, start, end, this.maxDepth - 1);
  }

  #decode(bytes: Uint8Array, start: number, end: number, maxDepth: number): unknown {
    const text = utf8.decode(bytes, start, end);
    checkJsonDepth(bytes, start, end, maxDepth);
    return parse(text);
  }
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
