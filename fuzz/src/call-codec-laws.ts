import { deepStrictEqual, ok } from "node:assert/strict";
import { codec, type MessageCodec, ParleyError, raw } from "@parley/core";
import { forCalls } from "@parley/rpc";
import { innerModule } from "./inner-module.ts";
import { type Decoded, decoded, written } from "./message-laws.ts";

const { Request, Result } = (await innerModule("@parley/rpc", "engine/wire")) as {
  Request: new (id: number, method: string, params: unknown, meta: unknown) => object;
  Result: new (id: number, result: unknown) => object;
};

/**
 * The shorter way for calls is the way that it is shorter than: it reads the same values and refuses the same bytes, whatever it
 * has kept of earlier messages; requests and results made of what was read are written as the same bytes.
 */
export function checkCallCodec(plain: MessageCodec<unknown>, frames: readonly Uint8Array[]): void {
  const calls = forCalls(codec(raw(), plain)).message;
  for (const frame of [...frames, ...frames]) {
    const expected = decoded(plain, frame);
    const outcome = decoded(calls, frame);
    deepStrictEqual(comparable(outcome), comparable(expected));
    if ("value" in expected) checkWriting(plain, calls, expected.value);
  }
}

function checkWriting(plain: MessageCodec<unknown>, calls: MessageCodec<unknown>, value: unknown): void {
  for (const message of [value, ...messagesOf(value)])
    deepStrictEqual(writingOf(calls, message), writingOf(plain, message));
}

/** What an engine might make of the members. */
function messagesOf(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  const { id, method, params, meta, result } = value as Readonly<Record<string, unknown>>;
  if (typeof id !== "number") return [];
  const messages: object[] = [];
  if (result !== undefined) messages.push(new Result(id, result));
  if (typeof method === "string") messages.push(new Request(id, method, params, metaOf(meta)));
  return messages;
}

/** As a call of this side would have it: its members are known, and of their types. */
function metaOf(meta: unknown): object | undefined {
  if (typeof meta !== "object" || meta === null) return undefined;
  const { timeoutMs, credit, key, traceparent } = meta as Readonly<Record<string, unknown>>;
  return {
    ...(typeof timeoutMs === "number" && { timeoutMs }),
    ...(typeof key === "string" && { key }),
    ...(typeof credit === "number" && { credit }),
    ...(typeof traceparent === "string" && { traceparent }),
  };
}

function writingOf(messages: MessageCodec<unknown>, message: unknown): unknown {
  try {
    return Buffer.from(written(messages, message)).toString("latin1");
  } catch (error) {
    ok(error instanceof ParleyError, `writing threw what is no ParleyError: ${String(error)}`);
    return error.code;
  }
}

/** A member that is undefined is none. */
function comparable(outcome: Decoded): unknown {
  if ("error" in outcome) return outcome.error.message;
  const { value } = outcome;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return new Map(Object.entries(value).filter(([, member]) => member !== undefined));
}
