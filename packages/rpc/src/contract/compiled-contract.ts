/** How values stand on the wire: JSON has no bytes and no big integers, MessagePack has. */
export type WireForm = "json" | "msgpack";

/** Checks the values of one schema, and turns them into what the wire carries and back. */
export interface ValueCheck {
  /** What is to be sent for `value`: bytes as base64 in JSON. @throws Mismatch. */
  toWire(value: unknown, form: WireForm): unknown;
  /** What was meant by what has arrived. @throws Mismatch. */
  fromWire(value: unknown, form: WireForm): unknown;
}

/** A method of a contract, ready to be called or served. */
export interface CompiledMethod {
  readonly name: string;
  readonly idempotent: boolean;
  /** `fromWire` takes parameters by position as well, in the order of the schema's properties. */
  readonly params: ValueCheck;
  readonly result: ValueCheck;
  /** Null without such a stream. */
  readonly input: ValueCheck | null;
  readonly output: ValueCheck | null;
  /** The declared errors by their name. */
  readonly errors: ReadonlyMap<string, CompiledError>;
}

/** An error that a method declares. */
export interface CompiledError {
  readonly name: string;
  readonly code: number;
  readonly message: string;
  /** Null if it has no data. */
  readonly data: ValueCheck | null;
}

/** A contract, ready to be used: every schema compiled, once. */
export interface CompiledContract {
  readonly name: string;
  readonly methods: ReadonlyMap<string, CompiledMethod>;
  readonly events: ReadonlyMap<string, ValueCheck>;
  readonly notifications: ReadonlyMap<string, ValueCheck>;
}
