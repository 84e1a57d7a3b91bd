import type { Connection } from "@parley/core";
import { contract, type Implementation, RpcError, type SignatureOf } from "@parley/rpc";
import { Type } from "typebox";
import { deferred } from "./stage.ts";

const Operands = Type.Object({ a: Type.Number(), b: Type.Number() });

export const calculator = contract("calculator", {
  methods: {
    add: { params: Operands, result: Type.Number() },
    divide: {
      params: Operands,
      result: Type.Number(),
      errors: {
        divisionByZero: {
          code: 1,
          message: "Division by zero.",
          data: Type.Object({ dividend: Type.Number() }),
        },
      },
    },
    /** Answers when the test says so. */
    wait: { params: Type.Object({ name: Type.String() }), result: Type.String() },
    countdown: { params: Type.Object({ from: Type.Integer() }), output: Type.Integer() },
    sum: { input: Type.Number(), result: Type.Number() },
    /** Throws what is named. */
    fail: { params: Type.Object({ how: Type.String() }), result: Type.Number() },
  },
  events: { tick: Type.Object({ at: Type.Integer() }), tock: Type.Object({ at: Type.Integer() }) },
  notifications: { note: Type.Object({ text: Type.String() }) },
});

export type Calculator = SignatureOf<typeof calculator>;

/** An implementation whose `wait` is in the test's hands. */
export function calculatorOn() {
  const waiting = new Map<string, ReturnType<typeof deferred<string>>>();
  const signals = new Map<string, AbortSignal>();
  const begun: string[] = [];
  const notes: string[] = [];
  let looking: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];
  const look = (): void => {
    looking = looking.filter(({ holds, resolve }) => {
      const held = holds();
      if (held) resolve();
      return !held;
    });
  };
  const implementation: Implementation<Calculator, Connection<unknown>> = {
    add: ({ a, b }) => a + b,
    divide({ a, b }, { fail }) {
      if (b === 0) throw fail("divisionByZero", { dividend: a });
      return a / b;
    },
    wait({ name }, { signal }) {
      const work = deferred<string>();
      waiting.set(name, work);
      signals.set(name, signal);
      begun.push(name);
      signal.addEventListener("abort", () => {
        work.reject(signal.reason);
        look();
      });
      look();
      return work.promise;
    },
    async *countdown({ from }, { signal }) {
      begun.push(`countdown ${from}`);
      try {
        for (let count = from; count > 0 && !signal.aborted; count--) yield count;
      } finally {
        begun.push("countdown ended");
        look();
      }
    },
    async sum(_, { input }) {
      let sum = 0;
      for await (const summand of input) sum += summand;
      return sum;
    },
    fail({ how }) {
      if (how === "rpc") throw new RpcError(7, "As you wish.", { how });
      if (how === "later") return Promise.reject(new Error("secret, later"));
      if (how === "result") return "no number" as never;
      throw new Error("secret");
    },
    note({ text }) {
      if (text === "bad") throw new Error("secret note");
      notes.push(text);
      look();
    },
  };
  return {
    implementation,
    begun,
    notes,
    signal: (name: string) => signals.get(name) as AbortSignal,
    /** Has `wait` answer with its name and an exclamation mark. */
    finish: (name: string) => waiting.get(name)?.resolve(`${name}!`),
    until: (holds: () => boolean): Promise<void> =>
      holds() ? Promise.resolve() : new Promise((resolve) => looking.push({ holds, resolve })),
    /** Resolves once the call is being worked on. */
    untilBegun(name: string): Promise<void> {
      return this.until(() => begun.includes(name));
    },
  };
}
