import { Type } from "typebox";
import { z } from "zod";
import { Bytes } from "@parley/core";
import { contract, type SignatureOf } from "../src/contract/contract.ts";
import type { CallName, StreamName } from "../src/contract/signature.ts";
export const calculator = contract("calculator", {
  methods: {
    add: { params: Type.Object({ a: Type.Number(), b: Type.Optional(Type.Number()) }), result: Type.Number() },
    "math.div": { params: { type: "object", properties: { a: { type: "number" }, m: { enum: ["x", "y"] }, bin: {bytes: true} }, required: ["a", "m"] }, result: { type: "array", items: [{type:"number"},{type:"string"}], minItems: 2, additionalItems: false },
      errors: { zero: { code: 1, data: Type.Object({ a: Type.Number() }) }, odd: { code: 2 } } },
    zod: { params: z.object({ a: z.string().transform(Number) }), result: z.object({ok: z.boolean()}) },
    count: { params: Type.Object({ from: Type.Integer() }), output: Type.Integer(), description: "counts", idempotent: true },
    blob: { params: Type.Object({ data: Bytes(), more: Type.Array(Bytes()) }) },
    nothing: {},
    tree: { result: { $ref: "#/$defs/Node", $defs: { Node: { type: "object", properties: { v: { type: ["string", "null"] }, next: { $ref: "#/$defs/Node" } }, required: ["v"] } } } },
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});
export type C = CallName<SignatureOf<typeof calculator>>;
export type S = StreamName<SignatureOf<typeof calculator>>;
export const c: C = "add";
export const s: S = "count";
