import { ParleyError } from "@parley/core";
import { describe, expect, it } from "vitest";
import { answer, engineInScript, notification, outgoing } from "../../test/scripted-host.ts";

const closed = new ParleyError("closed", "It is closed.");

describe("a call", () => {
  it("goes out with an id of its own, and meta only where there is something to say", () => {
    const { host, engine } = engineInScript();
    host.time = 100;
    engine.outgoing.begin(outgoing());
    engine.outgoing.begin(outgoing({ method: "add", params: { a: 1 }, timeoutMs: 50.5, at: 100 }));
    engine.outgoing.begin(outgoing({ credit: 0, key: "k", traceparent: "t", params: [] }));
    expect(host.take()).toEqual([
      { jsonrpc: "2.0", id: 1, method: "ask" },
      { jsonrpc: "2.0", id: 2, method: "add", params: { a: 1 }, meta: { timeoutMs: 51 } },
      { jsonrpc: "2.0", id: 3, method: "ask", params: [], meta: { key: "k", credit: 0, traceparent: "t" } },
    ]);
    expect(host.expected).toEqual([150.5]);
  });

  it("is settled by its answer, once", () => {
    const { host, engine } = engineInScript();
    const call = outgoing();
    engine.outgoing.begin(call);
    expect(engine.outgoing.pending).toBe(1);
    engine.receive(answer(1, { a: 1 }));
    engine.receive(answer(1, 2));
    engine.receive({ jsonrpc: "2.0", id: 1, error: { code: 1, message: "no" } });
    expect(call.outcomes).toEqual([{ result: { a: 1 } }]);
    expect(engine.outgoing.pending).toBe(0);
    expect(host.take()).toHaveLength(1);
  });

  it.each([
    ["a result beside a null error, as some servers send it", { id: 1, result: 5, error: null }, 5],
    ["a result that is false", { jsonrpc: "2.0", id: 1, result: false }, false],
    ["a result that is null", { jsonrpc: "2.0", id: 1, result: null }, null],
    ["a null error and no result", { id: 1, error: null }, null],
  ])("resolves with %s", (_what, message, result) => {
    const { engine } = engineInScript();
    const call = outgoing();
    engine.outgoing.begin(call);
    engine.receive(message);
    expect(call.outcomes).toEqual([{ result }]);
  });

  it.each([
    [
      { code: 5, message: "No.", data: { a: 1 } },
      { rpcCode: 5, message: "No.", data: { a: 1 } },
    ],
    [
      { code: -32601, message: "None." },
      { code: "call-failed", rpcCode: -32601, data: undefined },
    ],
    [
      { code: -32001, message: "Later.", data: { retryAfterMs: 5 } },
      { code: "unavailable", retryAfterMs: 5 },
    ],
    [
      { code: -32002, message: "Later.", data: { retryAfterMs: -5 } },
      { code: "unavailable", retryAfterMs: 0 },
    ],
    [
      { code: -32005, message: "Later." },
      { code: "unavailable", retryAfterMs: 0 },
    ],
    [
      { code: "x", message: 5 },
      { rpcCode: -32603, message: "The call failed." },
    ],
    ["text", { rpcCode: -32603, message: "text" }],
    [false, { rpcCode: -32603 }],
  ])("rejects with the error %j", (error, expected) => {
    const { engine } = engineInScript();
    const call = outgoing();
    engine.outgoing.begin(call);
    engine.receive({ id: 1, result: null, error });
    expect(call.error).toMatchObject({ ...expected, blame: "remote" });
    expect(call.outcomes).toHaveLength(1);
  });

  it("is not settled by another's answer", () => {
    const { engine } = engineInScript();
    const call = outgoing();
    engine.outgoing.begin(call);
    for (const id of ["1", 0, 2, 1.5, -1, null, [1], { id: 1 }, "__proto__"])
      engine.receive(answer(id, "foreign"));
    expect(call.outcomes).toEqual([]);
    engine.receive(answer(1, "own"));
    expect(call.outcomes).toEqual([{ result: "own" }]);
  });

  it("that cannot be sent rejects with the reason, and no other is harmed", () => {
    const { host, engine } = engineInScript();
    const tooLong = new Error("too long");
    host.wire = (message) => ((message as { params?: unknown }).params === undefined ? true : tooLong);
    const calls = [outgoing({ params: ["long"], timeoutMs: 5 }), outgoing()];
    for (const call of calls) engine.outgoing.begin(call);
    expect(calls[0]?.error).toBe(tooLong);
    expect(host.expected).toEqual([]);
    engine.receive(answer(1, "?"));
    engine.receive(answer(2, "ok"));
    expect(calls.map(({ outcomes }) => outcomes)).toEqual([[{ error: tooLong }], [{ result: "ok" }]]);
    expect(engine.outgoing.pending).toBe(0);
  });
});

describe("a call that is given up", () => {
  it("rejects at once, and the other side is told; the late answer is passed over", () => {
    const { host, engine } = engineInScript();
    const call = outgoing();
    engine.outgoing.begin(call);
    host.take();
    engine.outgoing.cancel(call, "given up");
    engine.outgoing.cancel(call, "again");
    engine.receive(answer(1, "late"));
    expect(call.outcomes).toEqual([{ error: "given up" }]);
    expect(host.take()).toEqual([notification("$/cancelRequest", { id: 1 })]);
    expect(engine.outgoing.pending).toBe(0);
  });

  it("by its deadline rejects with TimeoutError, and the other side is told", () => {
    const { host, engine } = engineInScript();
    const calls = [outgoing({ timeoutMs: 10 }), outgoing({ timeoutMs: 20 }), outgoing()];
    for (const call of calls) engine.outgoing.begin(call);
    host.take();
    expect(engine.tick(9)).toBe(10);
    expect(engine.tick(10)).toBe(20);
    expect(calls[0]?.error).toMatchObject({ code: "timeout", timeoutMs: 10, sent: true });
    expect(host.take()).toEqual([notification("$/cancelRequest", { id: 1 })]);
    expect(engine.tick(25)).toBe(Number.POSITIVE_INFINITY);
    expect(calls.map(({ outcomes }) => outcomes.length)).toEqual([1, 1, 0]);
    expect(engine.outgoing.pending).toBe(1);
  });

  it("before it was sent is not sent, and nobody is told", () => {
    const { host, engine } = engineInScript({ maxInFlight: 1 });
    const calls = [outgoing(), outgoing({ timeoutMs: 10 }), outgoing()];
    for (const call of calls) engine.outgoing.begin(call);
    engine.tick(10);
    engine.outgoing.cancel(calls[2] as never, "given up");
    expect(calls[1]?.error).toMatchObject({ code: "timeout", sent: false });
    engine.receive(answer(1, 1));
    expect(host.take()).toHaveLength(1);
    expect(engine.outgoing.pending).toBe(0);
  });

  it("while the wire is closing does not fail", () => {
    const { host, engine } = engineInScript();
    const call = outgoing();
    engine.outgoing.begin(call);
    host.wire = () => new Error("closed");
    engine.outgoing.cancel(call, "given up");
    expect(call.outcomes).toEqual([{ error: "given up" }]);
  });
});

describe("calls beyond what the wire takes", () => {
  it("wait where maxInFlight are unanswered, and go out in order; their deadline goes on meanwhile", () => {
    const { host, engine } = engineInScript({ maxInFlight: 2 });
    const calls = [1, 2, 3, 4].map((n) => outgoing({ params: [n], timeoutMs: 100 }));
    for (const call of calls) engine.outgoing.begin(call);
    expect(host.take()).toHaveLength(2);
    expect(engine.outgoing.pending).toBe(4);
    host.time = 40;
    engine.receive(answer(2, "b"));
    expect(host.take()).toEqual([
      { jsonrpc: "2.0", id: 3, method: "ask", params: [3], meta: { timeoutMs: 60 } },
    ]);
    engine.outgoing.cancel(calls[0] as never, "given up");
    expect(host.take()).toEqual([
      notification("$/cancelRequest", { id: 1 }),
      { jsonrpc: "2.0", id: 4, method: "ask", params: [4], meta: { timeoutMs: 60 } },
    ]);
  });

  it("wait where the wire asks for a pause", () => {
    const { host, engine } = engineInScript();
    host.wire = () => {
      engine.outgoing.pause();
      return false;
    };
    const calls = [outgoing(), outgoing(), outgoing()];
    for (const call of calls) engine.outgoing.begin(call);
    expect(host.take()).toHaveLength(1);
    engine.outgoing.resume();
    expect(host.take()).toHaveLength(1);
    host.wire = () => true;
    engine.outgoing.resume();
    expect(host.take()).toHaveLength(1);
    for (const id of [1, 2, 3]) engine.receive(answer(id, id));
    expect(calls.map(({ outcomes }) => outcomes)).toEqual([
      [{ result: 1 }],
      [{ result: 2 }],
      [{ result: 3 }],
    ]);
  });

  it("do not keep one another back where one cannot be sent", () => {
    const { host, engine } = engineInScript({ maxInFlight: 1 });
    const calls = [outgoing(), outgoing({ params: ["long"] }), outgoing()];
    for (const call of calls) engine.outgoing.begin(call);
    host.wire = (message) =>
      (message as { params?: unknown }).params === undefined ? true : new Error("long");
    engine.receive(answer(1, 1));
    expect(calls[1]?.outcomes).toHaveLength(1);
    expect(host.take()).toHaveLength(2);
  });
});

describe("calls, when the other side goes away,", () => {
  const word = { code: -32002, message: "Draining.", retryAfterMs: 40 };

  it("are answered if they were sent; those that wait, and new ones, reject as unavailable", () => {
    const { host, engine } = engineInScript({ maxInFlight: 1 });
    const calls = [outgoing({ timeoutMs: 5 }), outgoing({ timeoutMs: 5 }), outgoing({ timeoutMs: 5 })];
    engine.outgoing.begin(calls[0] as never);
    engine.outgoing.begin(calls[1] as never);
    host.take();
    engine.receive(notification("$/goaway", word));
    engine.outgoing.begin(calls[2] as never);
    for (const call of calls.slice(1))
      expect(call.error).toMatchObject({ code: "unavailable", rpcCode: -32002, retryAfterMs: 40 });
    expect(calls[0]?.outcomes).toEqual([]);
    engine.receive(answer(1, "still"));
    expect(calls[0]?.outcomes).toEqual([{ result: "still" }]);
    expect(host.take()).toEqual([]);
    expect(engine.outgoing.pending).toBe(0);
  });

  it("are unavailable whatever code the word bears", () => {
    const { engine } = engineInScript();
    engine.receive(notification("$/goaway", { code: 1 }));
    const call = outgoing();
    engine.outgoing.begin(call);
    expect(call.error).toMatchObject({ code: "unavailable", rpcCode: -32002 });
  });

  it("can still be given up, and take their output", () => {
    const { host, engine } = engineInScript();
    const call = outgoing({ credit: 1 });
    engine.outgoing.begin(call);
    engine.receive(notification("$/goaway", word));
    host.take();
    engine.receive(notification("$/output", { id: 1, item: "a" }));
    engine.outgoing.giveCredit(call, 1);
    engine.outgoing.cancel(call, "given up");
    expect(call.items).toEqual(["a"]);
    expect(host.take()).toEqual([
      notification("$/output/credit", { id: 1, items: 1 }),
      notification("$/cancelRequest", { id: 1 }),
    ]);
  });
});

describe("calls, when the connection closes,", () => {
  it("reject, and say whether they had been sent", () => {
    const { host, engine } = engineInScript({ maxInFlight: 1 });
    const calls = [outgoing({ timeoutMs: 5 }), outgoing()];
    for (const call of calls) engine.outgoing.begin(call);
    host.take();
    engine.close(closed);
    expect(calls.map(({ error }) => error)).toMatchObject([
      { code: "connection-lost", sent: true, cause: closed },
      { code: "connection-lost", sent: false, cause: closed },
    ]);
    engine.receive(answer(1, "late"));
    engine.tick(1e9);
    expect(calls.map(({ outcomes }) => outcomes.length)).toEqual([1, 1]);
    expect(host.take()).toEqual([]);
    expect(engine.outgoing.pending).toBe(0);
  });
});

describe("the output of a call", () => {
  it("comes within the credit, and more is given", () => {
    const { host, engine } = engineInScript();
    const call = outgoing({ credit: 2 });
    engine.outgoing.begin(call);
    host.take();
    for (const item of ["a", null]) engine.receive(notification("$/output", { id: 1, item }));
    engine.outgoing.giveCredit(call, 1);
    engine.receive(notification("$/output", { id: 1, item: "c" }));
    expect(call).toMatchObject({ items: ["a", null, "c"], credit: 0, outcomes: [] });
    expect(host.take()).toEqual([notification("$/output/credit", { id: 1, items: 1 })]);
  });

  it.each([null, 0, 1])("beyond its credit of %j has the call cancelled", (credit) => {
    const { host, engine } = engineInScript();
    const call = outgoing({ credit });
    engine.outgoing.begin(call);
    host.take();
    for (const item of ["a", "b"]) engine.receive(notification("$/output", { id: 1, item }));
    expect(call.items).toHaveLength(credit ?? 0);
    expect(call.error).toMatchObject({ rpcCode: -32006, blame: "remote" });
    expect(host.take()).toEqual([notification("$/cancelRequest", { id: 1 })]);
    engine.receive(answer(1, null));
    expect(call.outcomes).toHaveLength(1);
  });

  it("is passed over once the call is settled, and no credit is given", () => {
    const { host, engine } = engineInScript();
    const call = outgoing({ credit: 5 });
    engine.outgoing.begin(call);
    engine.receive(answer(1, null));
    host.take();
    engine.receive(notification("$/output", { id: 1, item: "late" }));
    engine.outgoing.giveCredit(call, 5);
    expect(call.items).toEqual([]);
    expect(host.take()).toEqual([]);
  });
});

describe("the input of a call", () => {
  it("is sent as it is asked for, and ended", () => {
    const { host, engine } = engineInScript();
    const call = outgoing();
    engine.outgoing.begin(call);
    host.take();
    engine.receive(notification("$/input/credit", { id: 1, items: 2 }));
    engine.receive(notification("$/input/credit", { id: 1, items: Number.MAX_SAFE_INTEGER }));
    expect(call).toMatchObject({ inputCredit: Number.MAX_SAFE_INTEGER, wanted: 2 });
    engine.outgoing.sendInput(call, "a");
    expect(call.inputCredit).toBe(Number.MAX_SAFE_INTEGER - 1);
    engine.outgoing.endInput(call);
    expect(host.take()).toEqual([
      notification("$/input", { id: 1, item: "a" }),
      notification("$/input/end", { id: 1 }),
    ]);
  });

  it("is not sent once the call is settled, nor asked for", () => {
    const { host, engine } = engineInScript();
    const call = outgoing();
    engine.outgoing.begin(call);
    engine.receive(answer(1, null));
    host.take();
    engine.receive(notification("$/input/credit", { id: 1, items: 2 }));
    expect(engine.outgoing.sendInput(call, "late")).toBe(true);
    engine.outgoing.endInput(call);
    expect(call.wanted).toBe(0);
    expect(host.take()).toEqual([]);
  });

  it("that cannot be sent is its maker's to deal with", () => {
    const { host, engine } = engineInScript();
    const call = outgoing();
    engine.outgoing.begin(call);
    host.wire = () => new Error("too long");
    expect(() => engine.outgoing.sendInput(call, "long")).toThrow("too long");
  });
});
