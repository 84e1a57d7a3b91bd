import type { Batch } from "./batch.ts";
import type { IncomingParts } from "./incoming-call.ts";
import { countOf, type Id, isId, isObject, type Meta, type WireObject } from "./wire.ts";

/** What keeps a message with a method and an id from being a request; null if it is one. */
export function whyInvalid({ id, jsonrpc, params }: WireObject, legacy: boolean): string | null {
  if (!isId(id)) return "its id is neither a string nor a number";
  if (jsonrpc !== "2.0" && !legacy) return 'it has no "jsonrpc": "2.0"';
  if (params === undefined || (legacy && params === null)) return null;
  return typeof params === "object" && params !== null
    ? null
    : "its params are neither an object nor an array";
}

/** What a valid request came with; meta that is not as it should be counts as none. */
export function partsOf(
  { id, method, params, meta }: WireObject,
  batch: Batch | null,
  legacy: boolean,
): IncomingParts {
  const { timeoutMs, key, traceparent, credit } = (isObject(meta) ? meta : {}) as {
    readonly [K in keyof Meta]: unknown;
  };
  return {
    id: id as Id,
    method: method as string,
    params: params ?? undefined,
    timeoutMs: isTimeout(timeoutMs) ? timeoutMs : Number.POSITIVE_INFINITY,
    key: typeof key === "string" ? key : undefined,
    traceparent: typeof traceparent === "string" ? traceparent : undefined,
    credit: countOf(credit),
    batch,
    legacy,
  };
}

/** What a request comes with that is not to be answered. */
export function unansweredParts(method: string, params: unknown): IncomingParts {
  return {
    id: Symbol(method),
    method,
    params: params ?? undefined,
    timeoutMs: Number.POSITIVE_INFINITY,
    key: undefined,
    traceparent: undefined,
    credit: null,
    batch: null,
    legacy: false,
  };
}

/** MessagePack has numbers that are none. */
function isTimeout(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}
