import type { JsonMessages, MessageCodec, Writer } from "@parley/core";
import { type Meta, Request, Result, type WireObject } from "../engine/wire.ts";
import { ascii, isSmallInteger, standsAt, write } from "./bytes.ts";
import { endOfDigits, numberOf, writeInteger } from "./decimal.ts";
import { JsonFlatObjects } from "./json-flat-objects.ts";
import { KnownNames } from "./known-names.ts";
import { WrittenNames } from "./written-names.ts";

const utf8 = new TextEncoder();
const head = ascii('{"jsonrpc":"2.0","id":');
const resultWord = ascii(',"result":');
const methodWord = ascii(',"method":"');
const paramsWord = ascii(',"params":');
const metaWord = ascii(',"meta":');
const timeoutWord = ascii('{"timeoutMs":');
const messageEnd = ascii("}");

const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const openingBrace = 0x7b;
const closingBrace = 0x7d;
const openingBracket = 0x5b;
const closingBracket = 0x5d;

/** Where `{"timeoutMs":…}` begins, seen from the end of a message, at the earliest. */
const longestMeta = 64;
const maxMethodBytes = 1024;

/**
 * JSON messages, of which requests and results that are laid out as `JSON.stringify` has them, members in their usual order, are read and
 * written member by member: only parameters and results go through the general parser and writer, which else take half the time of a
 * call (`bench rpc`). What is read and written is the same. Whatever looks different in any way is left to `json`.
 */
export class JsonCalls implements MessageCodec<unknown> {
  readonly id = "json";
  readonly #json: JsonMessages;
  readonly #names = new KnownNames();
  readonly #flat: JsonFlatObjects = new JsonFlatObjects(this.#names);
  /** By the name: `,"method":NAME`. */
  readonly #methods = new WrittenNames((name) => utf8.encode(`,"method":${JSON.stringify(name)}`));
  #timeoutMs = -1;
  #timeout: Uint8Array = messageEnd;

  constructor(json: JsonMessages) {
    this.#json = json;
  }

  decode(bytes: Uint8Array, start: number, end: number): unknown {
    return this.#read(bytes, start, end) ?? this.#json.decode(bytes, start, end);
  }

  encode(message: unknown, out: Writer): void {
    if (message instanceof Request && isSmallInteger(message.id)) this.#writeRequest(message, out);
    else if (message instanceof Result && isSmallInteger(message.id))
      this.#writeResult(message.id, message.result, out);
    else this.#json.encode(message, out);
  }

  /** A request or a result; undefined if it is to be read otherwise. */
  #read(bytes: Uint8Array, start: number, end: number): WireObject | undefined {
    if (!standsAt(head, bytes, start, end) || bytes[end - 1] !== closingBrace) return undefined;
    const idStart = start + head.length;
    const idEnd = endOfDigits(bytes, idStart, end);
    if (idEnd < 0) return undefined;
    const id = numberOf(bytes, idStart, idEnd);
    if (standsAt(resultWord, bytes, idEnd, end))
      return this.#readResult(id, bytes, idEnd + resultWord.length, end - 1);
    if (standsAt(methodWord, bytes, idEnd, end))
      return this.#readRequest(id, bytes, idEnd + methodWord.length, end - 1);
    return undefined;
  }

  #readResult(id: number, bytes: Uint8Array, start: number, end: number): WireObject | undefined {
    if (endOfDigits(bytes, start, end) === end)
      return { jsonrpc: "2.0", id, result: numberOf(bytes, start, end) };
    const result = this.#value(bytes, start, end);
    return result === undefined ? undefined : { jsonrpc: "2.0", id, result };
  }

  #readRequest(id: number, bytes: Uint8Array, start: number, end: number): WireObject | undefined {
    const nameEnd = endOfName(bytes, start, end);
    if (nameEnd < 0) return undefined;
    const method = this.#names.name(bytes, start, nameEnd);
    const rest = nameEnd + 1;
    let restEnd = end;
    let meta: Meta | undefined;
    const metaAt = startOfMeta(bytes, rest, end);
    if (metaAt >= 0) {
      const digits = metaAt + metaWord.length + timeoutWord.length;
      if (!standsAt(timeoutWord, bytes, metaAt + metaWord.length, end)) return undefined;
      if (endOfDigits(bytes, digits, end) !== end - 1 || bytes[end - 1] !== closingBrace) return undefined;
      meta = { timeoutMs: numberOf(bytes, digits, end - 1) };
      restEnd = metaAt;
    }
    if (rest === restEnd) return { jsonrpc: "2.0", id, method, params: undefined, meta };
    if (!standsAt(paramsWord, bytes, rest, restEnd)) return undefined;
    const paramsAt = rest + paramsWord.length;
    if (!isBracketed(bytes, paramsAt, restEnd)) return undefined;
    const params = this.#flat.read(bytes, paramsAt, restEnd) ?? this.#value(bytes, paramsAt, restEnd);
    return params === undefined ? undefined : { jsonrpc: "2.0", id, method, params, meta };
  }

  /** Undefined if it is no value: then it is not what it looked like, or nothing at all. */
  #value(bytes: Uint8Array, start: number, end: number): unknown {
    try {
      return this.#json.decodeMember(bytes, start, end);
    } catch {
      return undefined;
    }
  }

  #writeRequest({ id, method, params, meta }: Request, out: Writer): void {
    write(head, out);
    writeInteger(id, out);
    write(this.#methods.bytes(method) as Uint8Array, out);
    if (params !== undefined) {
      write(paramsWord, out);
      if (!this.#flat.write(params, out)) this.#json.encode(params, out);
    }
    if (meta === undefined) return write(messageEnd, out);
    if (isSmallInteger(meta.timeoutMs) && hasOnlyTimeout(meta))
      return write(this.#timeoutBytes(meta.timeoutMs), out);
    write(metaWord, out);
    this.#json.encode(meta, out);
    write(messageEnd, out);
  }

  #writeResult(id: number, result: unknown, out: Writer): void {
    write(head, out);
    writeInteger(id, out);
    write(resultWord, out);
    if (isSmallInteger(result)) writeInteger(result, out);
    else this.#json.encode(result, out);
    write(messageEnd, out);
  }

  /** `,"meta":{"timeoutMs":…}}`: most calls of a client have the same time. */
  #timeoutBytes(timeoutMs: number): Uint8Array {
    if (timeoutMs === this.#timeoutMs) return this.#timeout;
    this.#timeoutMs = timeoutMs;
    this.#timeout = ascii(`,"meta":{"timeoutMs":${timeoutMs}}}`);
    return this.#timeout;
  }
}

/** Where the quote stands that ends a name of plain characters; -1 if there is another one in it. */
function endOfName(bytes: Uint8Array, start: number, end: number): number {
  const last = Math.min(end, start + maxMethodBytes);
  for (let at = start; at < last; at++) {
    const byte = bytes[at] as number;
    if (byte === quote) return at === start ? -1 : at;
    if (byte < space || byte > 0x7e || byte === backslash) return -1;
  }
  return -1;
}

/** Where `,"meta":{` stands, if it is the last brace that is opened within the message; else -1. */
function startOfMeta(bytes: Uint8Array, start: number, end: number): number {
  const first = Math.max(start, end - longestMeta);
  let at = end - 1;
  while (at >= first && bytes[at] !== openingBrace) at--;
  const metaAt = at - metaWord.length;
  return at >= first && metaAt >= start && standsAt(metaWord, bytes, metaAt, at) ? metaAt : -1;
}

function isBracketed(bytes: Uint8Array, start: number, end: number): boolean {
  const last = bytes[end - 1];
  switch (bytes[start]) {
    case openingBrace:
      return last === closingBrace;
    case openingBracket:
      return last === closingBracket;
    default:
      return false;
  }
}

function hasOnlyTimeout({ key, credit, traceparent }: Meta): boolean {
  return key === undefined && credit === undefined && traceparent === undefined;
}
