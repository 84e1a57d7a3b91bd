/** What identifies a request among those of its direction; null only if the request came so. */
export type Id = string | number | null;

/** What may stand beside `params` in a request. */
export interface Meta {
  /** What remains of the caller's deadline. */
  readonly timeoutMs?: number;
  /** Makes a repeated request run once. */
  readonly key?: string;
  /** How many items of output the caller is ready for. */
  readonly credit?: number;
  /** W3C Trace Context. */
  readonly traceparent?: string;
}

/** The error of an answer. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** How a request ended: with a result as the implementation gave it, or an error. */
export type Outcome = { readonly result: unknown } | { readonly error: ErrorObject };

/** A request, a notification or an answer, before it is known which. */
export interface WireObject {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly meta?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** A request of this side, which a codec can tell from what else there is. A member that is not there is absent. */
export class Request implements WireObject {
  readonly jsonrpc = "2.0";
  readonly id: number;
  readonly method: string;
  declare readonly params?: unknown;
  declare readonly meta?: Meta;

  constructor(id: number, method: string, params: unknown, meta: Meta | undefined) {
    this.id = id;
    this.method = method;
    if (params !== undefined) this.params = params;
    if (meta !== undefined) this.meta = meta;
  }
}

/** An answer of this side with a result, which a codec can tell from what else there is. */
export class Result implements WireObject {
  readonly jsonrpc = "2.0";
  readonly id: Id | symbol;
  readonly result: unknown;

  constructor(id: Id | symbol, result: unknown) {
    this.id = id;
    this.result = result;
  }
}

/** What `$/goaway` says: no new requests here. */
export interface GoAway {
  readonly code: number;
  readonly message: string;
  readonly retryAfterMs: number;
}

/** The messages that are Parley's own; all else beginning with `$/` is unknown. */
export const words = {
  cancel: "$/cancelRequest",
  output: "$/output",
  outputCredit: "$/output/credit",
  input: "$/input",
  inputEnd: "$/input/end",
  inputCredit: "$/input/credit",
  subscribe: "$/subscribe",
  unsubscribe: "$/unsubscribe",
  ping: "$/ping",
  goAway: "$/goaway",
  discover: "rpc.discover",
} as const;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A string, any finite number (some send fractions), or null. */
export function isId(value: unknown): value is Id {
  return typeof value === "string" || Number.isFinite(value) || value === null;
}

export function notificationOf(method: string, params?: unknown): WireObject {
  return params === undefined ? { jsonrpc: "2.0", method } : { jsonrpc: "2.0", method, params };
}

/** The message that tells the other side to take its requests elsewhere. */
export function goAwayMessage(word: GoAway): WireObject {
  return notificationOf(words.goAway, word);
}

/** A count of items as it may stand in a message, else null. */
export function countOf(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}
