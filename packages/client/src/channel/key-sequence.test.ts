import { expect, it } from "vitest";
import { KeySequence } from "./key-sequence.ts";

it("gives a key to who asks for one, each another, and leaves a given one as it is", () => {
  const keys = new KeySequence("me");
  expect([undefined, true, "order-7", false, true].map((asked) => keys.keyFor(asked))).toEqual([
    undefined,
    "me:1",
    "order-7",
    undefined,
    "me:2",
  ]);
});
