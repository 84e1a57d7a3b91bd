import { expect, it } from "vitest";
import { encode } from "../codec.ts";
import { codec, json, lengthPrefix, msgpack } from "../index.ts";

it.each([
  ["json", json<number>()],
  ["msgpack", msgpack<number>()],
])("%s sends -0 as 0", (_, messages) => {
  const spoken = codec(lengthPrefix(), messages);
  expect(encode(spoken, -0).bytes).toEqual(encode(spoken, 0).bytes);
});
