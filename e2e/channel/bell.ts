import { contract } from "@parley/rpc";
import { Type } from "typebox";

const At = Type.Object({ at: Type.Integer() });

/** `wait` is never through; `ring` has everybody hear of it and tells how many that were. */
export const bell = contract("bell", {
  methods: { wait: {}, ring: { params: At, result: Type.Integer() } },
  events: { rung: At },
});
