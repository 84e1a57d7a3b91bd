import type { CompiledMethod, ValueCheck } from "../src/contract/compiled-contract.ts";
import { Mismatch } from "../src/contract/mismatch.ts";
import type { CallContext } from "../src/service/implementation.ts";
import type { Service } from "../src/service/service.ts";
import type { CallRequest } from "../src/session/call-request.ts";

/** Lets everything pass. */
export const anything: ValueCheck = { toWire: (value) => value, fromWire: (value) => value };

/** Lets numbers pass, which stand on the wire as strings, so that it is seen where a value was turned. */
export const numbers: ValueCheck = {
  toWire: (value) => {
    if (typeof value === "number") return String(value);
    throw new Mismatch([{ path: "", expected: "number", actual: typeof value }]);
  },
  fromWire: (value) => {
    if (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value)))
      return Number(value);
    throw new Mismatch([{ path: "", expected: "number", actual: typeof value }]);
  },
};

/** Parameters by position that are one value. */
export function only(check: ValueCheck): ValueCheck {
  return {
    toWire: (value, form) => [check.toWire(value, form)],
    fromWire: (value, form) => check.fromWire((value as readonly unknown[])[0], form),
  };
}

/** A context as implementations see it, whatever the method. */
export interface Context extends Omit<CallContext, "input" | "fail"> {
  readonly input: AsyncIterable<unknown>;
  fail(name: string, data?: unknown): Error;
}

/** A method, and what is behind it. */
export interface HandMade extends Partial<Omit<CompiledMethod, "name">> {
  readonly run: (params: never, context: Context) => unknown;
}

/** What a test calls and serves, without a contract. */
export interface HandMadeService extends Service {
  /** A request for one of its methods, without a deadline unless `more` has one. */
  request(name: string, params?: unknown, more?: Partial<CallRequest>): CallRequest;
}

/** Puts methods, events and notifications together; a method takes one value, and notifications numbers. */
export function handMade(
  methods: Readonly<Record<string, HandMade>>,
  {
    events = [],
    notifications = {},
  }: {
    readonly events?: readonly string[];
    readonly notifications?: Readonly<Record<string, (params: unknown, context: unknown) => unknown>>;
  } = {},
): HandMadeService {
  const served: Service["methods"] = new Map(
    Object.entries(methods).map(([name, { run, ...more }]) => {
      const compiled: CompiledMethod = {
        name,
        idempotent: false,
        params: only(anything),
        result: anything,
        input: null,
        output: null,
        errors: new Map(),
        ...more,
      };
      return [name, { compiled, run: (params, context) => run(params as never, context as never) }];
    }),
  );
  return {
    contract: {
      name: "hand-made",
      methods: new Map([...served].map(([name, { compiled }]) => [name, compiled])),
      events: new Map(events.map((event) => [event, anything])),
      notifications: new Map(Object.keys(notifications).map((name) => [name, anything])),
    },
    document: { openrpc: "1.3.2" },
    methods: served,
    notifications: new Map(
      Object.entries(notifications).map(([name, run]) => [name, { check: numbers, run }]),
    ),
    request(name, params, more) {
      const method = served.get(name)?.compiled as CompiledMethod;
      return { method, params, timeoutMs: Number.POSITIVE_INFINITY, ...more };
    },
  };
}
