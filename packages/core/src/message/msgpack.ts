import { Packr } from "msgpackr";
import { ParleyError } from "../error.ts";
import type { MessageCodec } from "../message-codec.ts";
import { checkInteger, checkOneOf } from "../options.ts";
import { viewOf } from "../runtime.ts";
import type { Writer } from "../writer.ts";
import { checkMsgpack, type MsgpackRules } from "./msgpack-check.ts";

export interface MsgpackOptions {
  /** How deep arrays and maps may nest. Default 64; from 1 to 10,000. */
  readonly maxDepth?: number;
  /** Integers beyond 2⁵³: refused, both ways (`safe`, the default), or bigints. */
  readonly integers?: "safe" | "bigint";
}

const defaultMaxDepth = 64;

/**
 * Messages are MessagePack values (the specification of 2013, by msgpackr): like JSON, and byte arrays and dates besides.
 * Maps come as objects, bin as Uint8Array, timestamps as Date; undefined is sent as nil. A value that is nested too deep, announces
 * more than it has, or holds any other extension, a key that is neither string nor integer, or text that is not UTF-8 is
 * `malformed`, and none of it is built; one that would be so for the other side is `unencodable`.
 * @throws ParleyError `bad-option`.
 */
export function msgpack<T = unknown>(options: MsgpackOptions = {}): MsgpackMessages<T> {
  return new MsgpackMessages<T>(options);
}

/** See {@link msgpack}. `decode` and `encode` are its own, for who spreads it to change one of them. */
export class MsgpackMessages<T = unknown> implements MessageCodec<T> {
  readonly id = "msgpack";
  readonly decode = (bytes: Uint8Array, start: number, end: number): T =>
    this.#decode(bytes, start, end, this.#received) as T;
  readonly encode = (message: unknown, out: Writer): void => this.#encode(message, out, this.#sent);
  /** How deep arrays and maps may nest. */
  readonly maxDepth: number;
  readonly #received: MsgpackRules;
  readonly #receivedMember: MsgpackRules;
  readonly #sent: MsgpackRules;
  readonly #sentMember: MsgpackRules;
  readonly #packr = new Packr({
    useRecords: false,
    mapsAsObjects: true,
    copyBuffers: true,
    encodeUndefinedAsNil: true,
    // The type lacks "auto": bigints only for what a number cannot hold.
    int64AsType: "auto" as "bigint",
  });

  constructor({ maxDepth = defaultMaxDepth, integers = "safe" }: MsgpackOptions) {
    checkInteger("maxDepth", maxDepth, 1, 10_000);
    checkOneOf("integers", integers, ["safe", "bigint"]);
    this.maxDepth = maxDepth;
    const bigIntegers = integers === "bigint";
    this.#received = { maxDepth, within: 0, bigIntegers, code: "malformed", blame: "remote" };
    this.#receivedMember = { ...this.#received, within: 1 };
    this.#sent = { maxDepth, within: 0, bigIntegers, code: "unencodable", blame: "local" };
    this.#sentMember = { ...this.#sent, within: 1 };
    Object.freeze(this);
  }

  /** Decodes what is a member's value in a message that is a map. @throws ParleyError `malformed`. */
  decodeMember(bytes: Uint8Array, start: number, end: number): unknown {
    return this.#decode(bytes, start, end, this.#receivedMember);
  }

  /** Appends what is a member's value in a message that is a map. @throws ParleyError `unencodable`. */
  encodeMember(value: unknown, out: Writer): void {
    this.#encode(value, out, this.#sentMember);
  }

  #decode(bytes: Uint8Array, start: number, end: number, rules: MsgpackRules): unknown {
    checkMsgpack(bytes, start, end, rules);
    return this.#packr.unpack(viewOf(bytes, start, end));
  }

  #encode(value: unknown, out: Writer, rules: MsgpackRules): void {
    const packed = pack(this.#packr, value);
    checkMsgpack(packed, 0, packed.length, rules);
    out.reserve(packed.length);
    out.bytes.set(packed, out.at);
    out.at += packed.length;
  }
}

function pack(packr: Packr, message: unknown): Uint8Array {
  try {
    return packr.pack(message);
  } catch (cause) {
    throw new ParleyError(
      "unencodable",
      "The message cannot be written as MessagePack: it holds a cycle, a bigint beyond 64 bits, or a value without a form there.",
      { cause },
    );
  }
}
