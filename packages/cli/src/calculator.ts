import { contract } from "@parley/rpc";
import { Type } from "typebox";

const numbers = Type.Object({ a: Type.Number(), b: Type.Number() });

/** What `parley serve calculator` offers: each thing that a contract can say, once. */
export const calculator = contract("calculator", {
  methods: {
    add: { params: numbers, result: Type.Number(), idempotent: true, description: "The sum of a and b." },
    divide: {
      params: numbers,
      result: Type.Number(),
      errors: {
        divisionByZero: {
          code: 1001,
          message: "Nothing can be divided by zero.",
          data: Type.Object({ dividend: Type.Number() }),
        },
      },
      idempotent: true,
      description: "a divided by b.",
    },
    countdown: {
      params: Type.Object({ from: Type.Integer({ minimum: 0 }) }),
      output: Type.Integer(),
      description: "A stream of numbers, from the given one down to 1.",
    },
    sleep: {
      params: Type.Object({ ms: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }) }),
      result: Type.Null(),
      description: "Answers after so many milliseconds, unless it is cancelled before.",
    },
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});
