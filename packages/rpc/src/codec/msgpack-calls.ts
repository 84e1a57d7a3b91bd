import type { MessageCodec, MsgpackMessages, Writer } from "@parley/core";
import { type Meta, Request, Result, type WireObject } from "../engine/wire.ts";
import { ascii, isSmallInteger, standsAt, write } from "./bytes.ts";
import { KnownNames } from "./known-names.ts";
import { fixstrOf, MsgpackFlatObjects, mapHead, writeMapHead } from "./msgpack-flat-objects.ts";
import { endOfInteger, integerAt, writeInteger } from "./msgpack-integer.ts";
import { WrittenNames } from "./written-names.ts";

const idHead = ascii("\xa7jsonrpc\xa32.0\xa2id");
const resultName = ascii("\xa6result");
const methodName = ascii("\xa6method");
const paramsName = ascii("\xa6params");
const metaName = ascii("\xa4meta");
const fixstr = 0xa0;
const maxMethodBytes = 31;

/**
 * MessagePack messages, of which requests and results that are laid out as Parley writes them are read and written member by member, as
 * `JsonCalls` does it (`bench rpc`). What is read and written is the same. Whatever looks different in any way is left to `msgpack`.
 */
export class MsgpackCalls implements MessageCodec<unknown> {
  readonly id = "msgpack";
  readonly #msgpack: MsgpackMessages;
  readonly #names = new KnownNames();
  readonly #flat: MsgpackFlatObjects = new MsgpackFlatObjects(this.#names);
  readonly #methods = new WrittenNames(fixstrOf);

  constructor(msgpack: MsgpackMessages) {
    this.#msgpack = msgpack;
  }

  decode(bytes: Uint8Array, start: number, end: number): unknown {
    return this.#read(bytes, start, end) ?? this.#msgpack.decode(bytes, start, end);
  }

  encode(message: unknown, out: Writer): void {
    if (message instanceof Request && isSmallInteger(message.id)) this.#writeRequest(message, out);
    else if (message instanceof Result && isSmallInteger(message.id))
      this.#writeResult(message.id, message.result, out);
    else this.#msgpack.encode(message, out);
  }

  /** A request or a result; undefined if it is to be read otherwise. */
  #read(bytes: Uint8Array, start: number, end: number): WireObject | undefined {
    const head = mapHead(bytes, start);
    if (head < 0 || !standsAt(idHead, bytes, start + head, end)) return undefined;
    const members = (bytes[start + head - 1] as number) & 0x0f;
    const idAt = start + head + idHead.length;
    const idEnd = endOfInteger(bytes, idAt, end);
    if (idEnd < 0) return undefined;
    const id = integerAt(bytes, idAt);
    if (members === 3 && standsAt(resultName, bytes, idEnd, end))
      return this.#readResult(id, bytes, idEnd + resultName.length, end);
    if (members <= 5 && standsAt(methodName, bytes, idEnd, end))
      return this.#readRequest(id, members - 3, bytes, idEnd + methodName.length, end);
    return undefined;
  }

  #readResult(id: number, bytes: Uint8Array, start: number, end: number): WireObject | undefined {
    if (endOfInteger(bytes, start, end) === end)
      return { jsonrpc: "2.0", id, result: integerAt(bytes, start) };
    try {
      return { jsonrpc: "2.0", id, result: this.#msgpack.decodeMember(bytes, start, end) };
    } catch {
      // Then it is not what it looked like, or nothing at all.
      return undefined;
    }
  }

  /** @param members how many there are besides `jsonrpc`, `id` and `method`. */
  #readRequest(
    id: number,
    members: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): WireObject | undefined {
    const nameAt = start + 1;
    const nameEnd = nameAt + (bytes[start] as number) - fixstr;
    if (nameEnd <= nameAt || nameEnd > end || nameEnd - nameAt > maxMethodBytes) return undefined;
    for (let at = nameAt; at < nameEnd; at++) if ((bytes[at] as number) > 0x7e) return undefined;
    const method = this.#names.name(bytes, nameAt, nameEnd);
    let at = nameEnd;
    let left = members;
    let params: unknown;
    if (left > 0 && standsAt(paramsName, bytes, at, end)) {
      params = this.#flat.read(bytes, at + paramsName.length, end);
      if (params === undefined) return undefined;
      at = this.#flat.end;
      left -= 1;
    }
    let meta: Meta | undefined;
    if (left > 0 && standsAt(metaName, bytes, at, end)) {
      meta = this.#flat.read(bytes, at + metaName.length, end) as Meta | undefined;
      if (meta === undefined) return undefined;
      at = this.#flat.end;
      left -= 1;
    }
    return left === 0 && at === end ? { jsonrpc: "2.0", id, method, params, meta } : undefined;
  }

  #writeRequest(message: Request, out: Writer): void {
    const { id, method, params, meta } = message;
    const methodBytes = this.#methods.bytes(method);
    if (methodBytes === undefined) return this.#msgpack.encode(message, out);
    writeMapHead(3 + (params === undefined ? 0 : 1) + (meta === undefined ? 0 : 1), out);
    write(idHead, out);
    writeInteger(id, out);
    write(methodName, out);
    write(methodBytes, out);
    if (params !== undefined) {
      write(paramsName, out);
      if (!this.#flat.write(params, out)) this.#msgpack.encodeMember(params, out);
    }
    if (meta === undefined) return;
    write(metaName, out);
    if (!this.#flat.write(meta, out)) this.#msgpack.encodeMember(meta, out);
  }

  #writeResult(id: number, result: unknown, out: Writer): void {
    writeMapHead(3, out);
    write(idHead, out);
    writeInteger(id, out);
    write(resultName, out);
    if (isSmallInteger(result)) writeInteger(result, out);
    else this.#msgpack.encodeMember(result, out);
  }
}
