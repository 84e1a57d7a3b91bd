import { describe, expect, it } from "vitest";
import { RpcError } from "../src/rpc-error.ts";
import type { OutputStream } from "../src/session/output-stream.ts";
import { anything, type Context, handMade, numbers, only } from "./hand-made.ts";
import { itemsOf, type JoinedSessions, joinSessions, type Sent, settled } from "./joined-sessions.ts";

/** What generators did: how far they came, and whether they were told of the end. */
const trace = { yielded: 0, ended: 0, contexts: [] as Context[] };
let never: Promise<never>;
let giveUp: (error: unknown) => void = () => {};

function spoil(): void {
  throw new Error("secret");
}

const stream = { params: only(anything), output: numbers };
const service = handMade({
  count: {
    ...stream,
    result: numbers,
    *run(to: number) {
      try {
        for (let n = 1; n <= to; n += 1) {
          trace.yielded = n;
          yield n;
        }
        return to;
      } finally {
        trace.ended += 1;
      }
    },
  },
  countLater: {
    ...stream,
    async *run(to: number, context: Context) {
      trace.contexts.push(context);
      try {
        for (let n = 1; n <= to; n += 1) {
          trace.yielded = n;
          yield n;
        }
      } finally {
        trace.ended += 1;
      }
    },
  },
  list: { ...stream, run: (items: readonly unknown[]) => items },
  texts: {
    ...stream,
    output: anything,
    *run(items: readonly string[]) {
      try {
        yield* items;
      } finally {
        trace.ended += 1;
      }
    },
  },
  promised: { ...stream, run: (items: readonly unknown[]) => Promise.resolve(items) },
  noStream: { ...stream, run: () => 5 },
  stuck: {
    ...stream,
    async *run(_params: unknown, { signal }: Context) {
      yield 1;
      signal.addEventListener("abort", () => giveUp(signal.reason));
      await never;
    },
  },
  fails: {
    ...stream,
    *run(error: unknown) {
      yield 1;
      throw error === "told" ? new RpcError(5, "Told.") : new Error("secret");
    },
  },
  lateFailure: {
    ...stream,
    *run() {
      try {
        yield 1;
        yield 2;
      } finally {
        trace.ended += 1;
        spoil();
      }
    },
  },
});

function begin(name: string, params: unknown, joined: JoinedSessions, more = {}): OutputStream {
  Object.assign(trace, { yielded: 0, ended: 0, contexts: [] });
  never = new Promise((_resolve, reject) => void (giveUp = reject));
  return joined.client.session.stream(service.request(name, params, more));
}

function expectNothingLeft({ client, server, clock, close }: JoinedSessions): void {
  expect([client, server].map(({ session }) => [session.pending, session.working])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(server.channel.working).toBe(0);
  close();
  expect(clock.pending).toBe(0);
}

/** The most items that were ever sent beyond what credit had been given for; it must not be above 0. */
function overdraft(request: Sent, fromServer: readonly Sent[], fromClient: readonly Sent[]): number {
  const given = fromClient
    .filter(({ method }) => method === "$/output/credit")
    .reduce((sum, { params }) => sum + (params?.["items"] as number), 0);
  const { credit } = request["meta"] as { credit: number };
  return fromServer.filter(({ method }) => method === "$/output").length - credit - given;
}

describe("an output stream", () => {
  it.each(["count", "countLater", "list", "promised"])(
    "brings what %s has, and then its result",
    async (name) => {
      const joined = joinSessions({ service });
      const items = Array.from({ length: 200 }, (_, n) => n + 1);
      const output = begin(name, name.startsWith("count") ? 200 : items, joined);
      expect(await itemsOf(output)).toEqual(items);
      expect(await output.result.catch((error: unknown) => error)).toBe(name === "count" ? 200 : null);
      expectNothingLeft(joined);
    },
  );

  it("of no items ends at once", async () => {
    const joined = joinSessions({ service });
    expect(await itemsOf(begin("list", [], joined))).toEqual([]);
    expectNothingLeft(joined);
  });

  it("never has more on its way than the reader has given credit for", async () => {
    const joined = joinSessions({ service, limits: { streamWindow: 4 } });
    const { client, server } = joined;
    const output = begin("count", 100, joined);
    const [request] = client.channel.sent as [Sent];
    await settled();
    expect(server.channel.sentOf("$/output")).toHaveLength(4);
    expect(trace.yielded).toBe(5);
    let read = 0;
    for await (const item of output) {
      read += 1;
      expect(item).toBe(read);
      await settled();
      expect(overdraft(request, server.channel.sent, client.channel.sent)).toBeLessThanOrEqual(0);
      expect(trace.yielded - read).toBeLessThanOrEqual(5);
    }
    expect(read).toBe(100);
    expectNothingLeft(joined);
  });

  it.each([1, 2, 3, 64])("flows with a window of %d", async (streamWindow) => {
    const joined = joinSessions({ service, limits: { streamWindow } });
    expect(await itemsOf(begin("countLater", 500, joined))).toHaveLength(500);
    expectNothingLeft(joined);
  });

  it("waits for a wire that asks for a pause, and stops its generator meanwhile", async () => {
    const joined = joinSessions({ service });
    const { server } = joined;
    server.channel.block();
    const output = begin("count", 50, joined);
    await settled();
    expect([trace.yielded, server.channel.sent.length]).toEqual([1, 1]);
    server.channel.unblock();
    expect(await itemsOf(output)).toHaveLength(50);
    expectNothingLeft(joined);
  });

  it("of 10⁵ items to a slow reader keeps no more than its window and one item anywhere", async () => {
    const joined = joinSessions({ service, limits: { streamWindow: 32 } });
    let read = 0;
    let most = 0;
    for await (const _item of begin("count", 100_000, joined)) {
      read += 1;
      if (read % 1_000 === 0) await settled();
      most = Math.max(most, trace.yielded - read);
    }
    expect(read).toBe(100_000);
    expect(most).toBeLessThanOrEqual(33);
    expect(trace.ended).toBe(1);
    expectNothingLeft(joined);
  });
});

describe("the generator of a stream is told of its end,", () => {
  it.each(["count", "countLater"])("where the reader leaves %s early", async (name) => {
    const joined = joinSessions({ service });
    const output = begin(name, 1_000, joined);
    for await (const item of output) if (item === 3) break;
    await expect(output.result).rejects.toMatchObject({ code: "aborted" });
    await settled();
    expect(trace.ended).toBe(1);
    expect(trace.yielded).toBeLessThan(200);
    expect(joined.server.channel.sent.at(-1)).toMatchObject({ error: { code: -32800 } });
    expect(joined.server.failures).toEqual([]);
    expectNothingLeft(joined);
  });

  it("where the reader cancels it, before it has read anything", async () => {
    const joined = joinSessions({ service });
    const output = begin("count", 1_000, joined);
    await settled();
    output.cancel();
    expect(await itemsOf(output)).toEqual([]);
    await settled();
    expect(trace.ended).toBe(1);
    expectNothingLeft(joined);
  });

  it("where the caller aborts", async () => {
    const joined = joinSessions({ service });
    const stop = new AbortController();
    const output = begin("countLater", 1_000, joined, { signal: stop.signal });
    await settled();
    stop.abort("no more");
    await expect(itemsOf(output)).rejects.toMatchObject({ code: "aborted", cause: "no more" });
    await settled();
    expect(trace.ended).toBe(1);
    expectNothingLeft(joined);
  });

  it("where the deadline passes, though nothing is read", async () => {
    const joined = joinSessions({ service });
    const output = begin("countLater", 1_000, joined, { timeoutMs: 50 });
    await settled();
    joined.clock.advance(50);
    await expect(itemsOf(output)).rejects.toMatchObject({ code: "timeout", timeoutMs: 50 });
    await settled();
    expect(trace.ended).toBe(1);
    expect(trace.contexts[0]?.signal.aborted).toBe(true);
    expectNothingLeft(joined);
  });

  it("where the connection closes, while it waits for credit or for the wire", async () => {
    for (const blocked of [false, true]) {
      const joined = joinSessions({ service });
      if (blocked) joined.server.channel.block();
      const output = begin("countLater", 1_000, joined);
      await settled();
      joined.close();
      await expect(itemsOf(output)).rejects.toMatchObject({ code: "connection-lost", sent: true });
      await settled();
      expect(trace.ended).toBe(1);
      expect(joined.server.failures).toEqual([]);
      expectNothingLeft(joined);
    }
  });

  it("by its signal where it waits for something else", async () => {
    const joined = joinSessions({ service });
    for await (const _item of begin("stuck", 0, joined)) break;
    await settled();
    expect(joined.server.failures).toEqual([]);
    expectNothingLeft(joined);
  });

  it("and what it then throws is nobody's", async () => {
    const joined = joinSessions({ service });
    for await (const _item of begin("lateFailure", 0, joined)) break;
    await settled();
    expect(trace.ended).toBe(1);
    expect(joined.server.channel.sent.at(-1)).toMatchObject({ error: { code: -32800 } });
    expectNothingLeft(joined);
  });

  it("before it has begun: it does not begin", async () => {
    const joined = joinSessions({ service });
    const output = begin("countLater", 1_000, joined);
    output.cancel();
    await settled();
    expect([trace.yielded, trace.ended]).toEqual([0, 0]);
    expectNothingLeft(joined);
  });
});

describe("a stream that fails", () => {
  it("fails for the reader once what came before is read, with what a call would reject with", async () => {
    const joined = joinSessions({ service });
    const read: unknown[] = [];
    const output = begin("fails", "told", joined);
    const reading = (async () => {
      for await (const item of output) read.push(item);
    })();
    await expect(reading).rejects.toMatchObject({ rpcCode: 5, message: "Told." });
    await expect(output.result).rejects.toMatchObject({ rpcCode: 5 });
    expect(read).toEqual([1]);
    await expect(itemsOf(begin("fails", "", joined))).rejects.toMatchObject({
      rpcCode: -32603,
      data: "server.1",
    });
    expect(joined.server.failures).toHaveLength(1);
    expectNothingLeft(joined);
  });

  it("as what it returned is no iteration, or an item is none that the contract has, is concealed", async () => {
    const joined = joinSessions({ service });
    await expect(itemsOf(begin("noStream", 0, joined))).rejects.toMatchObject({ data: "server.1" });
    await expect(itemsOf(begin("list", [1, "x"], joined))).rejects.toMatchObject({ data: "server.2" });
    expect(joined.server.failures.map(({ method }) => method)).toEqual(["noStream", "list"]);
    expectNothingLeft(joined);
  });

  it("as an item is too long to be sent, is concealed, and its generator told", async () => {
    const joined = joinSessions({ service });
    joined.server.channel.maxLength = 200;
    const output = begin("texts", ["short", "x".repeat(200), "short"], joined);
    await expect(itemsOf(output)).rejects.toMatchObject({ rpcCode: -32603, data: "server.1" });
    expect(trace.ended).toBe(1);
    expect(joined.server.failures).toMatchObject([{ method: "texts", error: { code: "frame-too-long" } }]);
    expect(joined.server.channel.sentOf("$/output")).toHaveLength(1);
    expectNothingLeft(joined);
  });

  it("as an item does not match here, is cancelled there", async () => {
    const joined = joinSessions({ service });
    const strict = handMade({ count: { output: { ...anything, fromWire: numbers.toWire }, run: () => 0 } });
    const output = joined.client.session.stream(strict.request("count", 5));
    await expect(itemsOf(output)).rejects.toMatchObject({ code: "mismatch", blame: "remote" });
    await settled();
    expect(joined.client.channel.sentOf("$/cancelRequest")).toHaveLength(1);
    expectNothingLeft(joined);
  });

  it("is no unhandled rejection where only its items are of interest, or nothing is", async () => {
    const joined = joinSessions({ service });
    begin("fails", "told", joined);
    await settled();
    expectNothingLeft(joined);
  });
});

describe("a stream for who gives no credit", () => {
  const call = (joined: JoinedSessions, name: string, params: unknown) =>
    joined.client.session.call({ ...service.request(name, params), method: plain(name) });
  const plain = (name: string) => handMade({ [name]: { run: () => 0 } }).request(name).method;

  it("is collected and answered as one array", async () => {
    const joined = joinSessions({ service });
    expect(await call(joined, "count", 3)).toEqual(["1", "2", "3"]);
    expect(await call(joined, "countLater", 0)).toEqual([]);
    expect(joined.server.channel.sentOf("$/output")).toEqual([]);
    expectNothingLeft(joined);
  });

  it("of more items than one answer may hold is -32006, and its generator told", async () => {
    const joined = joinSessions({ service, limits: { maxCollected: 10 } });
    expect(await call(joined, "count", 10)).toHaveLength(10);
    trace.ended = 0;
    await expect(call(joined, "count", 11)).rejects.toMatchObject({
      rpcCode: -32006,
      message: expect.stringContaining("10 items") as unknown,
    });
    expect(trace.ended).toBe(1);
    expect(joined.server.failures).toEqual([]);
    expectNothingLeft(joined);
  });

  it("that does not fit into one frame is -32006", async () => {
    const joined = joinSessions({ service });
    joined.server.channel.maxLength = 250;
    await expect(call(joined, "count", 200)).rejects.toMatchObject({ rpcCode: -32006 });
    expect(joined.server.failures).toEqual([]);
    expectNothingLeft(joined);
  });

  it.each([
    ["in a batch", { method: "count", params: [3], meta: { credit: 3 } }, true],
    ["with a key", { method: "count", params: [3], meta: { credit: 3, key: "k" } }, false],
  ])("is refused %s", async (_where, message, inBatch) => {
    const joined = joinSessions({ service });
    const request = { jsonrpc: "2.0", id: "x", ...message };
    joined.client.channel.send(inBatch ? [request] : request);
    await settled();
    const answer = expect.objectContaining({
      id: "x",
      error: expect.objectContaining({ code: -32600 }) as unknown,
    }) as unknown;
    expect(joined.server.channel.sent).toEqual([inBatch ? [answer] : answer]);
    expectNothingLeft(joined);
  });
});
