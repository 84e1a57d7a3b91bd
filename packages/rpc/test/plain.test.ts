import { describe, expect, it } from "vitest";
import { type Context, handMade, numbers, only } from "./hand-made.ts";
import { itemsOf, joinSessions, settled } from "./joined-sessions.ts";

const contexts: Context[] = [];
const service = handMade({
  double: { params: only(numbers), result: numbers, run: (n: number) => n * 2 },
  wait: {
    run: (_: unknown, context: Context) => {
      contexts.push(context);
      return new Promise(() => {});
    },
  },
  count: {
    params: only(numbers),
    output: numbers,
    *run(to: number) {
      for (let n = 1; n <= to; n++) yield n;
    },
  },
});
const plain = { plain: true, pingIntervalMs: 1_000 };

describe("a plain session", () => {
  it("sends nothing but JSON-RPC: no meta, no pings, no cancelling", async () => {
    const { client, clock } = joinSessions({ service, limits: plain });
    const request = { ...service.request("double", 4), timeoutMs: 500, key: "a" };
    expect(await client.session.call(request)).toBe(8);
    const call = client.session.call({ ...service.request("wait"), timeoutMs: 500 });
    clock.advance(500);
    await expect(call).rejects.toMatchObject({ code: "timeout" });
    clock.advance(10_000);
    expect(client.channel.sent).toEqual([
      { jsonrpc: "2.0", id: 1, method: "double", params: ["4"] },
      { jsonrpc: "2.0", id: 2, method: "wait", params: [null] },
    ]);
  });

  it("takes a stream as one array, item by item", async () => {
    const { client, server } = joinSessions({ service, limits: plain });
    const output = client.session.stream(service.request("count", 3));
    expect(await itemsOf(output)).toEqual([1, 2, 3]);
    expect(await output.result).toBe(null);
    expect(server.channel.sent).toEqual([{ jsonrpc: "2.0", id: 1, result: ["1", "2", "3"] }]);
  });

  it("fails a stream whose answer is no array of its items", async () => {
    const { client } = joinSessions({ limits: plain });
    for (const result of [5, null, ["x"], "1"]) {
      const output = client.session.stream(service.request("count", 3));
      client.channel.receive({ jsonrpc: "2.0", id: client.channel.sent.length, result });
      await expect(itemsOf(output)).rejects.toMatchObject({ code: "mismatch", blame: "remote" });
    }
  });
});

describe("a call without an id", () => {
  it("runs, and is not answered", async () => {
    const { server } = joinSessions({ service });
    const before = contexts.length;
    server.channel.receive({ jsonrpc: "2.0", method: "wait", params: [1] });
    server.channel.receive({ jsonrpc: "2.0", method: "wait", params: [1] });
    server.channel.receive({ jsonrpc: "2.0", method: "double", params: ["x"] });
    await settled();
    expect(contexts.length - before).toBe(2);
    expect([server.session.working, server.channel.working]).toEqual([2, 2]);
    expect(server.channel.sent).toEqual([]);
    server.session.close(Object.assign(new Error("gone")) as never);
    expect(contexts.slice(before).map(({ signal }) => signal.aborted)).toEqual([true, true]);
  });

  it("counts among those in flight, beyond which it is dropped", () => {
    const { server } = joinSessions({ service, limits: { maxInFlight: 2 } });
    const before = contexts.length;
    for (let times = 0; times < 3; times++)
      server.channel.receive({ jsonrpc: "2.0", method: "wait", params: [1] });
    expect(contexts.length - before).toBe(2);
  });
});
