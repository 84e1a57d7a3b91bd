import { contract } from "@parley/rpc";
import { Type } from "typebox";

/** The contract that the tests of the client speak; the implementations are theirs. */
export const calculator = contract("calculator", {
  methods: {
    add: { params: Type.Object({ a: Type.Number(), b: Type.Number() }), result: Type.Number() },
    /** Does no harm twice. */
    look: { params: Type.Object({ at: Type.String() }), result: Type.String(), idempotent: true },
    version: { result: Type.String() },
    countdown: {
      params: Type.Object({ from: Type.Integer() }),
      output: Type.Integer(),
      result: Type.String(),
    },
    sum: { input: Type.Number(), result: Type.Number() },
  },
  events: { tick: Type.Object({ at: Type.Integer() }), tock: Type.Object({ at: Type.Integer() }) },
  notifications: { log: Type.Object({ line: Type.String() }) },
});

/** What a client lets its server call in these tests. */
export const desk = contract("desk", {
  methods: { ask: { params: Type.Object({ question: Type.String() }), result: Type.String() } },
  notifications: { show: Type.Object({ line: Type.String() }) },
});
