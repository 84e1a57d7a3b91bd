import { contract, rpcCodes } from "@parley/rpc";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { type ServeOptions, serve } from "../src/index.ts";
import { type Line, rpcStage } from "./rpc-stage.ts";
import { deferred } from "./stage.ts";

const post = contract("post", {
  methods: {
    keep: { params: Type.Object({ text: Type.String() }), result: Type.String() },
    collect: { input: Type.String(), result: Type.Integer() },
  },
  notifications: { note: Type.Object({ text: Type.String() }) },
});
const long = "x".repeat(1_000);
const message = (method: string, params: unknown, id?: number): unknown => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});
const lines = (...messages: unknown[]): string => messages.map((each) => JSON.stringify(each)).join("\n");

/** A server whose work is through when the test says so: `ends` has what ends it, in the order in which it began. */
async function working(options: ServeOptions) {
  const ends: ((text?: string) => void)[] = [];
  const begin = (): Promise<string> => {
    const work = deferred<string>();
    ends.push((text = "") => work.resolve(text));
    return work.promise;
  };
  const handler = serve(
    post,
    {
      keep: begin,
      note: async () => void (await begin()),
      async collect(_, { input }) {
        await begin();
        let characters = 0;
        for await (const item of input) characters += item.length;
        return characters;
      },
    },
    options,
  );
  const stage = await rpcStage(handler);
  const line: Line = await stage.dial();
  return { ...stage, line, ends, received: () => stage.server.connections()[0]?.counters.messagesIn };
}

/** Resolves once all that may be received was: on a memory network nothing takes more than a few turns of the event loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
}

describe("what a connection has in flight", () => {
  it("is kept up to maxInFlightBytes of requests: the others stay with who sends them", async () => {
    const { line, ends, received } = await working({ maxInFlightBytes: 3_000 });
    line.send(lines(...[1, 2, 3, 4, 5].map((id) => message("keep", { text: long }, id))));
    await settled();
    expect([ends.length, received()]).toEqual([3, 3]);
    ends[1]?.("second");
    expect(await line.until(1)).toMatchObject([{ id: 2, result: "second" }]);
    await settled();
    expect([ends.length, received()]).toEqual([4, 4]);
    for (const end of ends) end();
    await settled();
    ends[4]?.();
    expect(await line.until(5)).toHaveLength(5);
  });

  it("is kept up to maxInFlightBytes of items of input that nobody takes", async () => {
    const { line, ends, received } = await working({ maxInFlightBytes: 3_000 });
    line.send(lines(message("collect", undefined, 1)));
    await line.until(1);
    const items = Array.from({ length: 8 }, () => message("$/input", { id: 1, item: long }));
    line.send(lines(...items, message("$/input/end", { id: 1 })));
    await settled();
    expect(received()).toBe(1 + 3);
    ends[0]?.();
    expect(await line.until(2)).toMatchObject([{}, { id: 1, result: 8_000 }]);
  });

  it("is at most maxInFlight notifications, and maxInFlightBytes of them", async () => {
    const few = await working({ maxInFlight: 2 });
    const notes = [1, 2, 3, 4].map(() => message("note", { text: long }));
    few.line.send(lines(...notes));
    await settled();
    expect([few.ends.length, few.received()]).toEqual([2, 2]);
    few.ends[0]?.();
    await settled();
    expect([few.ends.length, few.received()]).toEqual([3, 3]);
    const small = await working({ maxInFlightBytes: 3_000 });
    small.line.send(lines(...notes));
    await settled();
    expect([small.ends.length, small.received()]).toEqual([3, 3]);
  });

  it("is a batch once, for as long as any of its requests is worked on", async () => {
    const { line, ends, received } = await working({ maxInFlightBytes: 3_500 });
    line.send(lines([1, 2, 3].map((id) => message("keep", { text: long }, id))));
    line.send(lines(message("keep", { text: long }, 4), message("keep", { text: long }, 5)));
    await settled();
    expect([ends.length, received()]).toEqual([4, 2]);
    ends[0]?.();
    ends[1]?.();
    await settled();
    expect(received()).toBe(2);
    ends[2]?.();
    await settled();
    expect(received()).toBe(3);
  });

  it("is what was answered of a batch as well, until all of it is", async () => {
    const { line, ends } = await working({ maxInFlight: 3 });
    line.send(lines([1, 2, 3].map((id) => message("keep", { text: "" }, id))));
    await settled();
    ends[0]?.();
    ends[1]?.();
    await settled();
    line.send(lines(message("keep", { text: "" }, 4)));
    expect(await line.until(1)).toMatchObject([{ id: 4, error: { code: rpcCodes.overloaded } }]);
    ends[2]?.();
    expect((await line.until(2))[1]).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
    line.send(lines(message("keep", { text: "" }, 5)));
    await settled();
    expect(ends).toHaveLength(4);
  });

  it("keeps nobody who is lost meanwhile", async () => {
    const { line, ends, untilClosed } = await working({ maxInFlightBytes: 1 });
    line.send(lines(message("keep", { text: long }, 1), message("keep", { text: long }, 2)));
    await settled();
    expect(ends).toHaveLength(1);
    line.recorded.stream.destroy();
    await untilClosed("c1 remote reset");
  });
});
