import { Type } from "typebox";
import { contract } from "../src/contract/contract.ts";
import { merge } from "../src/contract/merge.ts";

const math = contract("math", {
  methods: { add: { params: Type.Object({ a: Type.Number() }), result: Type.Number() } },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});
const users = contract("users", {
  methods: { get: { result: Type.String() } },
  notifications: { seen: Type.Object({}) },
});
export const both = merge("both", math, users);
export const nested = merge("nested", { math, users });
export const one = merge("nested", { math });
