/** What a calculator's two ends agree on: its methods, its errors, its event. Types, checks and documents follow from it. */
import { contract } from "@parley/rpc";
import { Type } from "typebox";

const Operands = Type.Object({ a: Type.Number(), b: Type.Number() });

export const calculator = contract("calculator", {
  methods: {
    add: { params: Operands, result: Type.Number(), idempotent: true, description: "a + b" },
    divide: {
      params: Operands,
      result: Type.Number(),
      idempotent: true,
      errors: {
        divisionByZero: {
          code: 1001,
          message: "Nothing can be divided by zero.",
          data: Type.Object({ dividend: Type.Number() }),
        },
      },
    },
    countdown: { params: Type.Object({ from: Type.Integer({ minimum: 0 }) }), output: Type.Integer() },
    sum: { input: Type.Number(), result: Type.Number(), description: "the sum of a stream of numbers" },
    sleep: { params: Type.Object({ ms: Type.Integer({ minimum: 0 }) }) },
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});
