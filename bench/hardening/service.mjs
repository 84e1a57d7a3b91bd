import { byteFrames, codec, contentLength, text, textLines } from "@parley/core";
import { contract } from "@parley/rpc";
import { Type } from "typebox";

/** What is called: a result at once, one that takes its time, a stream, and an event. */
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

/** How the servers that echo are spoken to, by their names. */
export const echoed = {
  lines: textLines(),
  frames: byteFrames(),
  headers: codec(contentLength(), text()),
};

/** What a good client sends to them. */
export const greeting = { lines: "probe", frames: new Uint8Array([1, 2, 3]), headers: "probe" };
