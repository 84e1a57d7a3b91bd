import { setTimeout as wait } from "node:timers/promises";
import { contract, type Implementation, type SignatureOf } from "@parley/rpc";
import { type Static, Type } from "typebox";

/** The parameters of the two operations. */
export const operands = Type.Object({ a: Type.Number(), b: Type.Number() });
export type Operands = Static<typeof operands>;

/** What all the programs call, by one side or the other. */
export const calculator = contract("calculator", {
  methods: {
    add: { params: operands, result: Type.Number() },
    divide: {
      params: operands,
      result: Type.Number(),
      errors: {
        divisionByZero: { code: 1, message: "Division by zero.", data: Type.Object({ a: Type.Number() }) },
      },
    },
    countdown: { params: Type.Object({ from: Type.Integer() }), output: Type.Integer() },
    sleep: { params: Type.Object({ ms: Type.Integer() }) },
    echo: { params: Type.Object({ value: Type.Unknown() }), result: Type.Object({ value: Type.Unknown() }) },
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
  notifications: { note: Type.Object({ text: Type.String() }) },
});

/** The calculator, which tells `noted` of each note. */
export function calculate(noted: (text: string) => void): Implementation<SignatureOf<typeof calculator>> {
  return {
    add: ({ a, b }) => a + b,
    divide({ a, b }, { fail }) {
      if (b === 0) throw fail("divisionByZero", { a });
      return a / b;
    },
    *countdown({ from }) {
      while (from > 0) yield from--;
    },
    sleep: ({ ms }, { signal }) => wait(ms, undefined, { signal }),
    echo: ({ value }) => ({ value }),
    note: ({ text }) => noted(text),
  };
}
