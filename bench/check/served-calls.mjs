import { contract } from "@parley/rpc";
import { serve } from "@parley/server";
import { Type } from "typebox";
import { steppedConnection } from "./stepped.mjs";

/** What is called here. */
export const calculator = contract("calculator", {
  methods: {
    add: { params: Type.Object({ a: Type.Number(), b: Type.Number() }), result: Type.Number() },
  },
});

/** How many calls a round makes. */
export const calls = 256;

/** A connection that serves the calculator. */
export const servedCalculator = (codec) =>
  steppedConnection({ codec, handler: serve(calculator, { add: ({ a, b }) => a + b }) });

/** A scenario that feeds the requests of `wire` to such a connection. */
export const servedCalls = (about, codec, wire) => ({
  about,
  messages: calls,
  async prepare() {
    const { requests, reply, results } = wire();
    const chunk = Buffer.concat(requests.slice(0, calls));
    const { feed, bytes, taken } = await servedCalculator(codec());
    feed(chunk);
    const size = bytes();
    let rest = taken();
    for (const result of results.slice(0, calls)) {
      const answer = reply(rest);
      if (answer?.result !== result) throw new Error("a call was not answered as it should be");
      rest = rest.subarray(answer.end);
    }
    return () => {
      const before = bytes();
      feed(chunk);
      if (bytes() - before !== size) throw new Error("not every call was answered");
    };
  },
});
