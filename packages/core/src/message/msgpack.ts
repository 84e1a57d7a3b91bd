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
export function msgpack<T = unknown>({
  maxDepth = defaultMaxDepth,
  integers = "safe",
}: MsgpackOptions = {}): MessageCodec<T> {
  checkInteger("maxDepth", maxDepth, 1, 10_000);
  checkOneOf("integers", integers, ["safe", "bigint"]);
  const limits = { maxDepth, bigIntegers: integers === "bigint" };
  const received: MsgpackRules = { ...limits, code: "malformed", blame: "remote" };
  const sent: MsgpackRules = { ...limits, code: "unencodable", blame: "local" };
  const packr = new Packr({
    useRecords: false,
    mapsAsObjects: true,
    copyBuffers: true,
    encodeUndefinedAsNil: true,
    // The type lacks "auto": bigints only for what a number cannot hold.
    int64AsType: "auto" as "bigint",
  });
  return Object.freeze({
    id: "msgpack",
    decode(bytes: Uint8Array, start: number, end: number): T {
      checkMsgpack(bytes, start, end, received);
      return packr.unpack(viewOf(bytes, start, end)) as T;
    },
    encode(message: T, out: Writer): void {
      const packed = pack(packr, message);
      checkMsgpack(packed, 0, packed.length, sent);
      out.reserve(packed.length);
      out.bytes.set(packed, out.at);
      out.at += packed.length;
    },
  });
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
