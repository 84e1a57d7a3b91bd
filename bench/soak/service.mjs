import { contract } from "@parley/rpc";
import { Type } from "typebox";

/** What is called in a soak: a result at once, one that takes its time, a stream, and an event. */
export const service = contract("soaked", {
  methods: {
    add: {
      params: Type.Object({ a: Type.Number(), b: Type.Number() }),
      result: Type.Number(),
      idempotent: true,
    },
    wait: {
      params: Type.Object({ ms: Type.Integer({ minimum: 0, maximum: 1_000 }) }),
      result: Type.Integer(),
    },
    count: {
      params: Type.Object({ to: Type.Integer({ minimum: 0, maximum: 10_000 }) }),
      output: Type.Integer(),
    },
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});
