import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { ParseFailure } from "../src/codec/parse-failure.ts";
import { MismatchError } from "../src/mismatch-error.ts";
import { RpcError, UnavailableError } from "../src/rpc-error.ts";
import { anything, type Context, handMade, numbers, only } from "./hand-made.ts";
import { itemsOf, type JoinedSessions, joinSessions, settled } from "./joined-sessions.ts";

type Settle = { resolve(result: unknown): void; reject(error: unknown): void };

const waiting: Settle[] = [];
const contexts: Context[] = [];
const errors = new Map([
  ["zero", { name: "zero", code: 7, message: "Division by zero.", data: null }],
  ["big", { name: "big", code: 8, message: "Too big.", data: numbers }],
]);
const service = handMade(
  {
    double: { params: only(numbers), result: numbers, run: (n: number) => n * 2 },
    later: { params: only(numbers), result: numbers, run: (n: number) => Promise.resolve(n * 2) },
    echo: { run: (params: unknown) => params },
    nothing: { run: () => undefined },
    wrong: { result: numbers, run: () => "no number" },
    fail: {
      errors,
      run: ([name, data]: [string, unknown], { fail }: Context) => {
        throw fail(name, data);
      },
    },
    throw: {
      run: async (what: unknown) => {
        throw thrown(what);
      },
    },
    throwAtOnce: {
      run: (what: unknown) => {
        throw thrown(what);
      },
    },
    trap: {
      run: () => ({
        get then() {
          throw new Error("a trap");
        },
      }),
    },
    twice: {
      run: () => ({
        then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
          resolve(1);
          reject(new Error("late"));
          resolve(2);
          throw new Error("later");
        },
      }),
    },
    wait: {
      run: (_params: unknown, context: Context) => {
        contexts.push(context);
        return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      },
    },
    context: {
      run: (_params: unknown, { connection, method, id, remainingMs, key, traceparent, input }: Context) => ({
        connection,
        method,
        id,
        remainingMs,
        input: typeof input,
        key: key ?? null,
        traceparent: traceparent ?? null,
      }),
    },
  },
  { notifications: { note: (params) => notes(params) } },
);
let notes: (params: unknown) => unknown = () => {};

function thrown(what: unknown): unknown {
  if (what === "error") return new Error("secret");
  if (what === "rpc") return new RpcError(5, "Told.", { a: 1 });
  if (what === "remote") return new RpcError(5, "secret", { a: 1 }, "remote");
  if (what === "later") return new UnavailableError(-32005, "Told.", 70);
  return what === "undefined" ? undefined : what;
}

/** Whatever happened: nothing is left of it. */
function expectNothingLeft({ client, server, clock, close }: JoinedSessions): void {
  const counts = ({ session, channel }: JoinedSessions["client"]) => [
    session.pending,
    session.working,
    channel.working,
  ];
  expect([counts(client), counts(server)]).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
  close();
  expect(clock.pending).toBe(0);
}

describe("a call", () => {
  it("brings what the method returns, at once or later, checked and turned on both sides", async () => {
    const joined = joinSessions({ service });
    const { client, server } = joined;
    const results = ["double", "later"].map((name) => client.session.call(service.request(name, 21)));
    expect(await Promise.all(results)).toEqual([42, 42]);
    expect(client.channel.sent.map(({ params }) => params)).toEqual([["21"], ["21"]]);
    expect(server.channel.sent.map(({ result }) => result)).toEqual(["42", "42"]);
    expectNothingLeft(joined);
  });

  it("of what returns nothing brings null on the wire", async () => {
    const { client } = joinSessions({ service });
    expect(await client.session.call(service.request("nothing"))).toBeNull();
  });

  it("goes both ways, with id spaces of their own", async () => {
    const joined = joinSessions({ service, clientService: service });
    const { client, server } = joined;
    const calls = [client, server].map(({ session }) => session.call(service.request("later", 4)));
    expect(await Promise.all(calls)).toEqual([8, 8]);
    expect(client.channel.sent.map(({ id }) => id)).toEqual([1, 1]);
    expectNothingLeft(joined);
  });

  it("whose parameters do not match is not sent", async () => {
    const joined = joinSessions({ service });
    const call = joined.client.session.call(service.request("double", "x"));
    await expect(call).rejects.toMatchObject({ code: "mismatch", blame: "local" });
    expect(() => joined.client.session.stream(service.request("double", "x"))).toThrow(MismatchError);
    expect(joined.client.channel.sent).toEqual([]);
    expectNothingLeft(joined);
  });

  it.each([Number.NaN, undefined, "x"])("with the timeoutMs %s is not sent", async (timeoutMs) => {
    const joined = joinSessions({ service });
    const request = service.request("echo", [], { timeoutMs: timeoutMs as number });
    await expect(joined.client.session.call(request)).rejects.toMatchObject({ code: "bad-option" });
    expect(() => joined.client.session.stream(request)).toThrow(String(timeoutMs));
    expect(joined.client.channel.sent).toEqual([]);
    expectNothingLeft(joined);
  });

  it("whose parameters the other side does not take is told where and why", async () => {
    const joined = joinSessions({ service });
    const lax = {
      ...service.request("double", { a: 1 }),
      method: handMade({ double: { run: () => 0 } }).request("double").method,
    };
    await expect(joined.client.session.call(lax)).rejects.toMatchObject({
      rpcCode: -32602,
      message: expect.stringContaining("number, not object") as unknown,
      data: [{ path: "", expected: "number", actual: "object" }],
    });
    expect(joined.server.failures).toEqual([]);
    expectNothingLeft(joined);
  });

  it("whose result does not match rejects: here if it came so, and there if it is to be sent so", async () => {
    const joined = joinSessions({ service });
    const strict = handMade({ echo: { result: numbers, run: () => 0 } });
    await expect(joined.client.session.call(strict.request("echo", ["x"]))).rejects.toMatchObject({
      code: "mismatch",
      blame: "remote",
    });
    await expect(joined.client.session.call(service.request("wrong"))).rejects.toMatchObject({
      rpcCode: -32603,
      data: "server.1",
    });
    expect(joined.server.failures).toMatchObject([{ method: "wrong", error: { code: "mismatch" } }]);
    expectNothingLeft(joined);
  });

  it("of a method that is not there says so", async () => {
    const { client, server } = joinSessions({ service });
    const other = handMade({ missing: { run: () => 0 } });
    await expect(client.session.call(other.request("missing"))).rejects.toMatchObject({ rpcCode: -32601 });
    await expect(server.session.call(service.request("echo", []))).rejects.toMatchObject({ rpcCode: -32601 });
  });

  it("is too long to be sent, or its answer is: it rejects, and the session goes on", async () => {
    const joined = joinSessions({ service });
    const { client, server } = joined;
    client.channel.maxLength = 200;
    const long = service.request("echo", ["x".repeat(300)]);
    await expect(client.session.call(long)).rejects.toMatchObject({ code: "frame-too-long" });
    client.channel.maxLength = 1_000;
    server.channel.maxLength = 200;
    await expect(client.session.call(long)).rejects.toMatchObject({ rpcCode: -32603, data: "server.1" });
    expect(server.failures).toMatchObject([
      { method: "echo", reference: "server.1", error: { code: "frame-too-long" } },
    ]);
    expect(await client.session.call(service.request("double", 1))).toBe(2);
    expectNothingLeft(joined);
  });
});

describe("what an implementation knows of its call", () => {
  it("is the connection, the method, the id, the deadline's rest, the key and the trace", async () => {
    const { client, clock } = joinSessions({ service });
    clock.advance(100);
    const more = { timeoutMs: 50, key: "k", traceparent: "00-0af7-b7ad-01" };
    expect(await client.session.call(service.request("context", undefined, more))).toEqual({
      connection: "the connection of the server",
      method: "context",
      id: 1,
      remainingMs: 50,
      key: "k",
      traceparent: "00-0af7-b7ad-01",
      input: "undefined",
    });
    expect(await client.session.call(service.request("context"))).toMatchObject({
      // JSON has no Infinity.
      remainingMs: null,
      key: null,
      traceparent: null,
    });
  });

  it("is how much time is left, never less than none", async () => {
    const { client, clock } = joinSessions({ service });
    const call = client.session.call(service.request("wait", undefined, { timeoutMs: 50 }));
    await settled();
    const context = contexts.at(-1) as Context;
    clock.advance(20);
    expect(context.remainingMs).toBe(30);
    clock.advance(100);
    expect(context.remainingMs).toBe(0);
    await expect(call).rejects.toMatchObject({ code: "timeout" });
  });

  it("is a signal, made when it is asked for, before or after it aborts", async () => {
    const joined = joinSessions({ service });
    const stop = new AbortController();
    const calls = [1, 2].map(() =>
      joined.client.session.call(service.request("wait", undefined, { signal: stop.signal })),
    );
    await settled();
    const [early, late] = contexts.slice(-2) as [Context, Context];
    const signal = early.signal;
    expect(early.signal).toBe(signal);
    expect(signal.aborted).toBe(false);
    stop.abort("no more");
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: "aborted", cause: "no more" });
    await settled();
    expect(signal.reason).toMatchObject({ code: "aborted" });
    expect(late.signal.aborted).toBe(true);
    for (const { reject } of waiting.splice(0)) reject(new Error("stopped"));
    await settled();
    expect(joined.server.failures).toEqual([]);
    expect(joined.server.channel.sent).toMatchObject([
      { error: { code: -32800 } },
      { error: { code: -32800 } },
    ]);
    expectNothingLeft(joined);
  });
});

describe("an error of an implementation", () => {
  it("that the contract declares reaches the caller, with its data checked and turned", async () => {
    const joined = joinSessions({ service });
    const call = (...params: unknown[]) => joined.client.session.call(service.request("fail", params));
    await expect(call("zero")).rejects.toMatchObject({
      code: "call-failed",
      rpcCode: 7,
      message: "Division by zero.",
      blame: "remote",
      data: undefined,
    });
    await expect(call("big", 5)).rejects.toMatchObject({ rpcCode: 8, data: "5" });
    expect(joined.server.failures).toEqual([]);
    await expect(call("big", "x")).rejects.toMatchObject({ rpcCode: -32603, data: "server.1" });
    await expect(call("__proto__")).rejects.toMatchObject({ rpcCode: -32603, data: "server.2" });
    expect(joined.server.failures).toMatchObject([
      { error: { code: "mismatch" } },
      { error: { code: "bad-option" } },
    ]);
    expectNothingLeft(joined);
  });

  it("that is an RpcError reaches the caller as it is", async () => {
    const { client, server } = joinSessions({ service });
    for (const name of ["throw", "throwAtOnce"])
      await expect(client.session.call(service.request(name, "rpc"))).rejects.toMatchObject({
        rpcCode: 5,
        message: "Told.",
        data: { a: 1 },
        blame: "remote",
      });
    await expect(client.session.call(service.request("throw", "later"))).rejects.toMatchObject({
      code: "unavailable",
      retryAfterMs: 70,
    });
    expect(server.failures).toEqual([]);
  });

  it.each(["error", "remote", "a string", "undefined"])(
    "that is anything else (%s) is concealed: the caller gets an id, and the log what it was",
    async (what) => {
      const joined = joinSessions({ service });
      const { client, server } = joined;
      for (const [index, name] of ["throw", "throwAtOnce"].entries()) {
        const reference = `server.${index + 1}`;
        await expect(client.session.call(service.request(name, what))).rejects.toMatchObject({
          code: "call-failed",
          rpcCode: -32603,
          data: reference,
        });
        expect(server.failures[index]).toMatchObject({ method: name, reference });
      }
      expect(server.failures.map(({ error }) => error)).toEqual([thrown(what), thrown(what)]);
      expect(JSON.stringify(server.channel.sent)).not.toMatch(/secret|a string/);
      expectNothingLeft(joined);
    },
  );

  it("that comes after the answer, or in a thenable's own workings, harms nothing", async () => {
    const joined = joinSessions({ service });
    expect(await joined.client.session.call(service.request("twice"))).toBe(1);
    await expect(joined.client.session.call(service.request("trap"))).rejects.toMatchObject({
      data: "server.1",
    });
    expect(joined.server.channel.sent).toHaveLength(2);
    expectNothingLeft(joined);
  });
});

describe("a call that is not waited for any more", () => {
  it("by its signal rejects at once, and is cancelled there", async () => {
    const joined = joinSessions({ service });
    const stop = new AbortController();
    const call = joined.client.session.call(service.request("wait", undefined, { signal: stop.signal }));
    await settled();
    stop.abort();
    expect(joined.client.session.pending).toBe(0);
    await expect(call).rejects.toMatchObject({ code: "aborted", blame: "local" });
    expect(joined.client.channel.sentOf("$/cancelRequest")).toMatchObject([{ params: { id: 1 } }]);
    waiting.pop()?.resolve(1);
    await settled();
    expectNothingLeft(joined);
  });

  it("before it is made is not sent", async () => {
    const joined = joinSessions({ service });
    const request = service.request("echo", [], { signal: AbortSignal.abort("before") });
    await expect(joined.client.session.call(request)).rejects.toMatchObject({ cause: "before" });
    const stream = joined.client.session.stream(request);
    await expect(stream.result).rejects.toMatchObject({ cause: "before" });
    await expect(itemsOf(stream)).rejects.toMatchObject({ code: "aborted" });
    expect(joined.client.channel.sent).toEqual([]);
    expect(getEventListeners(request.signal as AbortSignal, "abort")).toEqual([]);
    expectNothingLeft(joined);
  });

  it("by its deadline rejects with TimeoutError, and the implementation is told", async () => {
    const joined = joinSessions({ service });
    const { client, server, clock } = joined;
    const call = client.session.call(service.request("wait", undefined, { timeoutMs: 50 }));
    await settled();
    const { signal } = contexts.at(-1) as Context;
    clock.advance(49);
    expect([client.session.pending, signal.aborted]).toEqual([1, false]);
    clock.advance(1);
    await expect(call).rejects.toMatchObject({ code: "timeout", timeoutMs: 50, sent: true });
    await settled();
    expect(signal.aborted).toBe(true);
    expect(server.channel.sent).toMatchObject([{ id: 1, error: { code: -32003 } }]);
    waiting.pop()?.resolve(1);
    await settled();
    expect(server.channel.sent).toHaveLength(1);
    expectNothingLeft(joined);
  });

  it("shares its signal with any number of others: one listener while they last, none after", async () => {
    const joined = joinSessions({ service, limits: { maxInFlight: 1_000 } });
    const { signal } = new AbortController();
    const calls = Array.from({ length: 500 }, (_, n) =>
      joined.client.session.call(service.request("later", n, { signal })),
    );
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await Promise.all(calls);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expectNothingLeft(joined);
  });
});

describe("calls, when the connection closes,", () => {
  it("all reject at once, and what is worked on is told", async () => {
    const joined = joinSessions({ service, limits: { maxInFlight: 2 } });
    const { client, server, clock } = joined;
    const calls = [1, 2, 3].map(() =>
      client.session.call(service.request("wait", undefined, { timeoutMs: 1e6 })),
    );
    await settled();
    const { signal } = contexts.at(-1) as Context;
    joined.close();
    expect([client.session.pending, server.session.working, clock.pending]).toEqual([0, 2, 0]);
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes).toMatchObject(
      [true, true, false].map((sent) => ({
        reason: { code: "connection-lost", sent, cause: { code: "closed" } },
      })),
    );
    expect(signal.aborted).toBe(true);
    const before = server.channel.sent.length;
    for (const { resolve } of waiting.splice(0)) resolve(1);
    await settled();
    expect(server.channel.sent).toHaveLength(before);
    expect(server.failures).toEqual([]);
    await expect(client.session.call(service.request("echo", []))).rejects.toMatchObject({
      code: "connection-lost",
      sent: false,
    });
    expectNothingLeft(joined);
  });

  it("within a call: it is told, and counts as work until it is through", async () => {
    const suicidal = handMade({
      end: {
        run: (_params: unknown, context: Context) => {
          joined.close();
          contexts.push(context);
          return new Promise((resolve) => waiting.push({ resolve, reject: resolve }));
        },
      },
    });
    const joined = joinSessions({ service: suicidal });
    await expect(joined.client.session.call(suicidal.request("end"))).rejects.toMatchObject({
      code: "connection-lost",
    });
    expect(contexts.at(-1)?.signal.aborted).toBe(true);
    expect(joined.server.channel.working).toBe(1);
    waiting.pop()?.resolve(1);
    await settled();
    expectNothingLeft(joined);
  });
});

describe("a wire that asks for a pause", () => {
  it("keeps new calls back until it is writable, and is asked but once, however much is answered", async () => {
    const joined = joinSessions({ service, clientService: service });
    const { client, server } = joined;
    client.channel.block();
    const calls = [1, 2, 3].map((n) => client.session.call(service.request("double", n)));
    for (const n of [1, 2, 3, 4, 5]) calls.push(server.session.call(service.request("later", n)));
    await settled();
    expect(client.channel.sent.filter(({ method }) => method === "double")).toHaveLength(1);
    expect(client.session.pending).toBe(2);
    expect(client.channel.waits).toBe(1);
    client.channel.unblock();
    expect(await Promise.all(calls)).toEqual([2, 4, 6, 2, 4, 6, 8, 10]);
    client.channel.block();
    const last = client.session.call(service.request("double", 5));
    expect(client.channel.waits).toBe(2);
    client.channel.unblock();
    expect(await last).toBe(10);
    expectNothingLeft(joined);
  });

  it("and closes instead leaves nothing behind", async () => {
    const joined = joinSessions({ service });
    joined.client.channel.block();
    const calls = [1, 2].map((n) => joined.client.session.call(service.request("double", n)));
    joined.close();
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expectNothingLeft(joined);
  });
});

describe("a notification", () => {
  it("reaches the service, or the observer where the service does not know it", () => {
    const { client, server } = joinSessions({ service });
    const got: unknown[] = [];
    notes = (params) => void got.push(params);
    expect(client.session.notify("note", numbers, 5)).toBe(true);
    client.session.notify("other", anything, { a: 1 });
    client.channel.block();
    expect(client.session.notify("other", anything, [])).toBe(false);
    return settled().then(() => {
      expect(got).toEqual([5]);
      expect(server.notifications).toEqual([
        { method: "other", params: { a: 1 } },
        { method: "other", params: [] },
      ]);
    });
  });

  it("that does not match is not sent", () => {
    const { client } = joinSessions({ service });
    expect(() => client.session.notify("note", numbers, "x")).toThrow(MismatchError);
    expect(client.channel.sent).toEqual([]);
  });

  it("that fails, or does not match there, is told to the log and to nobody else", async () => {
    const joined = joinSessions({ service });
    const { client, server } = joined;
    const error = new Error("secret");
    notes = () => {
      throw error;
    };
    client.session.notify("note", numbers, 5);
    await settled();
    notes = () => Promise.reject(error);
    client.session.notify("note", numbers, 5);
    client.session.notify("note", anything, { a: 1 });
    await settled();
    expect(server.failures).toMatchObject([
      { method: "note", error, reference: undefined },
      { method: "note", reference: undefined },
      { method: "note", error, reference: undefined },
    ]);
    expect(server.channel.sent).toEqual([]);
    expectNothingLeft(joined);
  });

  it("is work until it is through, so that a drain waits for it", async () => {
    const joined = joinSessions({ service });
    let through!: () => void;
    notes = () => new Promise<void>((resolve) => void (through = resolve));
    joined.client.session.notify("note", numbers, 5);
    await settled();
    expect(joined.server.channel.working).toBe(1);
    through();
    await settled();
    expectNothingLeft(joined);
  });
});

describe("a drain", () => {
  it("lets what is running finish, and turns away what comes later", async () => {
    const joined = joinSessions({ service, limits: { retryAfterMs: 40 } });
    const { client, server } = joined;
    const running = client.session.call(service.request("wait"));
    await settled();
    const crossing = client.session.call(service.request("echo", []));
    server.session.drain();
    await expect(crossing).rejects.toMatchObject({ code: "unavailable", rpcCode: -32002, retryAfterMs: 40 });
    expect(client.goAways).toMatchObject([{ code: -32002, retryAfterMs: 40 }]);
    await expect(client.session.call(service.request("echo", []))).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(client.channel.sent).toHaveLength(2);
    waiting.pop()?.resolve("done");
    expect(await running).toBe("done");
    expectNothingLeft(joined);
  });
});

describe("a heartbeat", () => {
  it("begins at the client, and at the server once the client has pinged", async () => {
    const joined = joinSessions({ service, limits: { pingIntervalMs: 100 } });
    const { client, server, clock } = joined;
    const pings = (): number[] => [client, server].map(({ channel }) => channel.sentOf("$/ping").length);
    clock.advance(50);
    clock.advance(50);
    expect(pings()).toEqual([1, 0]);
    await settled();
    for (let n = 0; n < 20; n += 1) {
      clock.advance(50);
      await settled();
    }
    expect(pings()[1]).toBeGreaterThan(0);
    expect([client.silences, server.silences]).toEqual([[], []]);
    client.channel.hold();
    client.channel.other = server.channel;
    server.channel.receive = () => {};
    for (let n = 0; n < 8; n += 1) clock.advance(50);
    expect(client.silences).toHaveLength(1);
    joined.close();
    expect(clock.pending).toBe(0);
  });
});

describe("what is no message", () => {
  it("is answered with -32700 and told to the maker", async () => {
    const { client, server } = joinSessions({ service });
    server.session.receive(new ParseFailure("The JSON is broken."));
    await settled();
    expect(server.channel.sent).toMatchObject([{ id: null, error: { code: -32700 } }]);
    expect(server.malformed).toEqual(["The JSON is broken."]);
    expect(client.channel.sent).toEqual([]);
  });
});
