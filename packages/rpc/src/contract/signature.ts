/**
 * A value as its two sides see it: `given` by who sends it, `taken` by who receives it. They differ only where a
 * Standard Schema transforms.
 */
// biome-ignore lint/suspicious/noExplicitAny: the widest of them takes and gives anything.
export interface Ways<Given = any, Taken = any> {
  readonly given: Given;
  readonly taken: Taken;
}

/** A value that both sides see alike. */
export interface Value<T> extends Ways<T, T> {}

/** What TypeScript knows of a method. `input` and `output` are null where there is no such stream. */
export interface MethodSignature {
  readonly params: Ways;
  readonly result: Ways;
  readonly input: Ways | null;
  readonly output: Ways | null;
  /** The data of each declared error. */
  readonly errors: Readonly<Record<string, unknown>>;
}

/** What TypeScript knows of a contract; computed once, by `contract`. */
export interface Signature {
  readonly methods: Readonly<Record<string, MethodSignature>>;
  /** Server to client, to those subscribed. */
  readonly events: Readonly<Record<string, Ways>>;
  /** Client to server, unanswered. */
  readonly notifications: Readonly<Record<string, Ways>>;
}

export type MethodName<S extends Signature> = keyof S["methods"] & string;
export type EventName<S extends Signature> = keyof S["events"] & string;
export type NotificationName<S extends Signature> = keyof S["notifications"] & string;

/** The methods that answer once: those without an output stream. */
export type CallName<S extends Signature> = {
  [M in MethodName<S>]: S["methods"][M]["output"] extends null ? M : never;
}[MethodName<S>];
/** The methods with an output stream. */
export type StreamName<S extends Signature> = Exclude<MethodName<S>, CallName<S>>;
