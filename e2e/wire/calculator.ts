import { Bytes, type Clock, ParleyError } from "@parley/core";
import { contract, type Implementation, type SignatureOf } from "@parley/rpc";
import { Type } from "typebox";

const Operands = Type.Object({ a: Type.Number(), b: Type.Number() });

/** What the transcripts of docs/wire.md call. */
export const calculator = contract("calculator", {
  methods: {
    add: { params: Operands, result: Type.Number() },
    divide: {
      params: Operands,
      result: Type.Number(),
      errors: {
        divisionByZero: { code: 1, message: "Division by zero.", data: Type.Object({ a: Type.Number() }) },
      },
    },
    countdown: { params: Type.Object({ from: Type.Integer() }), output: Type.Integer() },
    sum: { input: Type.Number(), result: Type.Number() },
    sleep: { params: Type.Object({ ms: Type.Integer() }) },
    reverse: { params: Type.Object({ data: Bytes() }), result: Bytes() },
    square: {
      params: { type: "object", properties: { n: { bigint: true } }, required: ["n"] },
      result: { bigint: true },
    },
    increment: { result: Type.Integer() },
    crash: {},
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
  notifications: { log: Type.Object({ text: Type.String() }) },
});

/** What the calculator calls at its clients. */
export const visitor = contract("visitor", { methods: { name: { result: Type.String() } } });

/** A calculator that counts from 0. @param readsInput whether `sum` takes its input, or waits for ever. */
export function calculate(clock: Clock, readsInput: boolean): Implementation<SignatureOf<typeof calculator>> {
  let count = 0;
  return {
    add: ({ a, b }) => a + b,
    divide({ a, b }, { fail }) {
      if (b === 0) throw fail("divisionByZero", { a });
      return a / b;
    },
    *countdown({ from }) {
      for (let n = from; n > 0; n--) yield n;
    },
    async sum(_, { input, signal }) {
      if (!readsInput) await aborted(signal);
      let sum = 0;
      for await (const item of input) sum += item;
      return sum;
    },
    async sleep({ ms }, { signal }) {
      const slept = new Promise<void>((resolve) => void clock.after(ms, resolve));
      await Promise.race([slept, aborted(signal)]);
    },
    reverse: ({ data }) => Uint8Array.from(data).reverse(),
    square: ({ n }) => n * n,
    increment: () => ++count,
    crash() {
      throw new ParleyError("timeout", "Nobody is to read this.");
    },
    log() {},
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail);
  });
}
