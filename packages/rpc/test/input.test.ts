import { describe, expect, it } from "vitest";
import { anything, type Context, handMade, numbers, only } from "./hand-made.ts";
import { itemsOf, type JoinedSessions, joinSessions, settled } from "./joined-sessions.ts";

const input = { params: only(anything), input: numbers };
let release: () => void = () => {};
const service = handMade({
  sum: {
    ...input,
    result: numbers,
    run: async (_params: unknown, context: Context) => {
      let sum = 0;
      for await (const item of context.input) sum += item as number;
      return sum;
    },
  },
  slow: {
    ...input,
    run: async (take: number, context: Context) => {
      let taken = 0;
      for await (const _item of context.input) {
        taken += 1;
        if (taken === take) await new Promise<void>((resolve) => void (release = resolve));
      }
      return taken;
    },
  },
  first: {
    ...input,
    run: async (_params: unknown, context: Context) => {
      for await (const item of context.input) return item;
      return "none";
    },
  },
  deaf: {
    ...input,
    run: (_params: unknown, { signal }: Context) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  },
  double: {
    ...input,
    output: numbers,
    result: anything,
    async *run(_params: unknown, context: Context) {
      let count = 0;
      for await (const item of context.input) {
        count += 1;
        yield (item as number) * 2;
      }
      return count;
    },
  },
});

/** A source that says how far it came and whether it was told of the end. */
function source(to: number) {
  const told = { yielded: 0, ended: 0 };
  async function* items() {
    try {
      for (let n = 1; n <= to; n += 1) {
        told.yielded = n;
        yield n;
      }
    } finally {
      told.ended += 1;
    }
  }
  return { told, items: items() };
}

function expectNothingLeft({ client, server, clock, close }: JoinedSessions): void {
  expect([client, server].map(({ session }) => [session.pending, session.working])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  close();
  expect(clock.pending).toBe(0);
}

describe("an input stream", () => {
  it.each([[[1, 2, 3]], [new Set([1, 2, 3])], [source(3).items]])("is sent from %s", async (items) => {
    const joined = joinSessions({ service });
    expect(await joined.client.session.call(service.request("sum", 0, { input: items }))).toBe(6);
    expect(joined.client.channel.sentOf("$/input").map(({ params }) => params?.["item"])).toEqual([
      "1",
      "2",
      "3",
    ]);
    expectNothingLeft(joined);
  });

  it("that is not given is an empty one: nobody waits for it", async () => {
    const joined = joinSessions({ service });
    expect(await joined.client.session.call(service.request("sum"))).toBe(0);
    expectNothingLeft(joined);
  });

  it("begins once the other side asks for it, and is never more than an item ahead of what was asked for", async () => {
    const joined = joinSessions({ service, limits: { streamWindow: 4 } });
    const { client, server } = joined;
    const { told, items } = source(100);
    server.channel.hold();
    const call = client.session.call(service.request("slow", 10, { input: items }));
    await settled();
    expect(told.yielded).toBe(0);
    server.channel.release();
    await settled();
    const asked = server.channel
      .sentOf("$/input/credit")
      .reduce((sum, { params }) => sum + (params?.["items"] as number), 0);
    expect(asked).toBe(14);
    expect([told.yielded, client.channel.sentOf("$/input").length]).toEqual([15, 14]);
    release();
    expect(await call).toBe(100);
    expect(told.ended).toBe(1);
    expectNothingLeft(joined);
  });

  it.each([1, 2, 3, 64])("flows with a window of %d", async (streamWindow) => {
    const joined = joinSessions({ service, limits: { streamWindow } });
    const { items } = source(500);
    expect(await joined.client.session.call(service.request("sum", 0, { input: items }))).toBe(125_250);
    expectNothingLeft(joined);
  });

  it("is asked for no more of once it has ended", async () => {
    const joined = joinSessions({ service, limits: { streamWindow: 4 } });
    const call = joined.client.session.call(service.request("slow", 1, { input: [1, 2, 3] }));
    await settled();
    release();
    expect(await call).toBe(3);
    expect(joined.server.channel.sentOf("$/input/credit")).toHaveLength(1);
    expectNothingLeft(joined);
  });

  it("waits for a wire that asks for a pause", async () => {
    const joined = joinSessions({ service });
    const { told, items } = source(20);
    const call = joined.client.session.call(service.request("sum", 0, { input: items }));
    joined.client.channel.block();
    await settled();
    expect(told.yielded).toBe(1);
    joined.client.channel.unblock();
    expect(await call).toBe(210);
    expectNothingLeft(joined);
  });

  it("whose reader wants no more of it is told when the call is over", async () => {
    const joined = joinSessions({ service, limits: { streamWindow: 2 } });
    const { told, items } = source(100);
    expect(await joined.client.session.call(service.request("first", 0, { input: items }))).toBe(1);
    await settled();
    expect(told.ended).toBe(1);
    expect(told.yielded).toBeLessThan(5);
    expect(joined.client.channel.sentOf("$/input/end")).toEqual([]);
    expectNothingLeft(joined);
  });

  it("is told when its call is given up, late or lost", async () => {
    for (const end of ["abort", "deadline", "close"]) {
      const joined = joinSessions({ service, limits: { streamWindow: 2 } });
      const { told, items } = source(100);
      const stop = new AbortController();
      const more = { input: items, signal: stop.signal, timeoutMs: 50 };
      const call = joined.client.session.call(service.request("deaf", 0, more));
      await settled();
      expect(told).toEqual({ yielded: 3, ended: 0 });
      if (end === "abort") stop.abort();
      else if (end === "deadline") joined.clock.advance(50);
      else joined.close();
      await expect(call).rejects.toBeDefined();
      await settled();
      expect(told).toEqual({ yielded: 3, ended: 1 });
      expectNothingLeft(joined);
    }
  });

  it("that fails here cancels the call, which rejects with the reason", async () => {
    const joined = joinSessions({ service });
    const error = new Error("no more");
    async function* failing() {
      yield 1;
      throw error;
    }
    await expect(joined.client.session.call(service.request("sum", 0, { input: failing() }))).rejects.toBe(
      error,
    );
    const mismatched = joined.client.session.call(service.request("sum", 0, { input: ["x"] }));
    await expect(mismatched).rejects.toMatchObject({ code: "mismatch", blame: "local" });
    await settled();
    expect(joined.client.channel.sentOf("$/cancelRequest")).toHaveLength(2);
    expect(joined.server.channel.sent.filter(({ error: sent }) => sent !== undefined)).toMatchObject([
      { error: { code: -32800 } },
      { error: { code: -32800 } },
    ]);
    expect(joined.server.failures).toEqual([]);
    expectNothingLeft(joined);
  });

  it("with an item that does not match there ends the call, and counts as work until the method has seen it", async () => {
    const joined = joinSessions({ service });
    const lax = handMade({ slow: { input: anything, run: () => 0 } });
    const call = joined.client.session.call(lax.request("slow", 1, { input: ["1", "x", "3"] }));
    await expect(call).rejects.toMatchObject({ rpcCode: -32602, data: [{ actual: "string" }] });
    expect(joined.server.session.working).toBe(1);
    release();
    await settled();
    expect(joined.server.failures).toEqual([]);
    expectNothingLeft(joined);
  });
});

describe("a call with streams both ways", () => {
  it("answers each item as it comes", async () => {
    const joined = joinSessions({ service, limits: { streamWindow: 2 } });
    const output = joined.client.session.stream(service.request("double", 0, { input: source(50).items }));
    expect(await itemsOf(output)).toEqual(Array.from({ length: 50 }, (_, n) => (n + 1) * 2));
    expect(await output.result).toBe(50);
    expectNothingLeft(joined);
  });

  it("that is left early ends both", async () => {
    const joined = joinSessions({ service, limits: { streamWindow: 2 } });
    const { told, items } = source(50);
    for await (const item of joined.client.session.stream(service.request("double", 0, { input: items })))
      if (item === 6) break;
    await settled();
    expect(told.ended).toBe(1);
    expectNothingLeft(joined);
  });
});
