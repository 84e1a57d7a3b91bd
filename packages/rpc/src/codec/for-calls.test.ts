import { codec, json, type MessageCodec, msgpack, raw } from "@parley/core";
import { describe, expect, it } from "vitest";
import { writtenBy } from "../../test/both-ways.ts";
import { forCalls } from "./for-calls.ts";

const call = { jsonrpc: "2.0", id: 1, method: "add", params: { a: 1 } };

describe.each<[string, (options: { maxDepth: number }) => MessageCodec<unknown>]>([
  ["json", json],
  ["msgpack", msgpack],
])("forCalls of %s", (_, messagesOf) => {
  const bytes = writtenBy(messagesOf({ maxDepth: 2 }), call);
  const read = (maxDepth: number): unknown =>
    forCalls(codec(raw(), messagesOf({ maxDepth }))).message.decode(bytes, 0, bytes.length);

  it("reads parameters that stand as deep as may be", () => expect(read(2)).toEqual(call));

  it("refuses parameters that stand too deep", () =>
    expect(() => read(1)).toThrow(expect.objectContaining({ code: "malformed" })));
});
