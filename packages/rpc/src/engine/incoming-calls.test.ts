import { ParleyError } from "@parley/core";
import { describe, expect, it } from "vitest";
import {
  answer,
  engineInScript,
  failure,
  notification,
  outgoing,
  request,
} from "../../test/scripted-host.ts";

const closed = new ParleyError("closed", "It is closed.");

describe("a request", () => {
  it("reaches its call with what it came with", () => {
    const { host, engine } = engineInScript();
    host.time = 100;
    const meta = { timeoutMs: 50, key: "k", credit: 3, traceparent: "00-1-2-03" };
    engine.receive(request("a", { params: [1], meta }));
    expect(host.last.parts).toEqual({
      id: "a",
      method: "work",
      params: [1],
      timeoutMs: 50,
      key: "k",
      credit: 3,
      traceparent: "00-1-2-03",
      batch: null,
      legacy: false,
    });
    expect(host.expected).toEqual([150]);
  });

  it.each([
    undefined,
    null,
    1,
    "x",
    [],
    { timeoutMs: "5", key: 5, credit: -1, traceparent: {} },
    { credit: 1.5 },
  ])("does without meta that is not as it should be: %j", (meta) => {
    const { host, engine } = engineInScript();
    engine.receive(request(1, { meta }));
    expect(host.last.parts).toMatchObject({ timeoutMs: Number.POSITIVE_INFINITY, credit: null });
    expect([host.last.parts.key, host.last.parts.traceparent]).toEqual([undefined, undefined]);
    expect(host.expected).toEqual([]);
  });

  it("has no deadline where its timeoutMs is no number at all, as MessagePack can say", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1, { meta: { timeoutMs: Number.NaN } }));
    expect(engine.tick(1e9)).toBe(Number.POSITIVE_INFINITY);
    expect(host.take()).toEqual([]);
  });

  it("is answered once, and its id is free after", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1));
    const first = host.last;
    engine.incoming.finish(first, { result: 1 });
    engine.incoming.finish(first, { result: 2 });
    engine.receive(request(1));
    engine.incoming.finish(first, { result: 3 });
    expect(host.take()).toEqual([answer(1, 1)]);
    engine.incoming.finish(host.last, { result: 4 });
    expect(host.take()).toEqual([answer(1, 4)]);
    expect([engine.incoming.working, host.working]).toEqual([0, 0]);
  });

  it("that is through at once is not counted as work", () => {
    const { host, engine } = engineInScript();
    host.begin = (call) => {
      engine.incoming.finish(call, { result: 1 });
      expect(engine.incoming.working).toBe(0);
    };
    engine.receive(request(1));
    expect(host.take()).toEqual([answer(1, 1)]);
    expect([engine.incoming.working, host.working]).toEqual([0, 0]);
  });

  it("with the id of one that is running is refused without that id, and the one that is running answered", () => {
    const { host, engine } = engineInScript();
    engine.receive(request("x"));
    engine.receive(request("x"));
    engine.receive(request("x", { method: "$/ping" }));
    expect(host.take()).toEqual([failure(null, -32600), failure(null, -32600)]);
    engine.incoming.finish(host.last, { result: 1 });
    expect(host.take()).toEqual([answer("x", 1)]);
    expect(host.calls).toHaveLength(1);
  });

  it('with the id 1 is not the one with the id "1"', () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1));
    engine.receive(request("1"));
    engine.receive(notification("$/cancelRequest", { id: "1" }));
    expect(host.calls.map(({ stops }) => stops)).toEqual([[], ["cancelled"]]);
  });

  it("beyond maxInFlight is answered as overloaded, with a time to wait; a ping is still answered", () => {
    const { host, engine } = engineInScript({ maxInFlight: 2, retryAfterMs: 30 });
    for (const id of [1, 2, 3]) engine.receive(request(id));
    engine.receive(request(4, { method: "$/ping" }));
    expect(host.take()).toEqual([failure(3, -32001, { retryAfterMs: 30 }), answer(4, null)]);
    engine.incoming.finish(host.calls[0] as never, { result: 1 });
    engine.receive(request(5));
    expect(host.calls).toHaveLength(3);
  });

  it("that was answered early counts for maxInFlight until the work on it is through", () => {
    const { host, engine } = engineInScript({ maxInFlight: 1 });
    engine.receive(request(1, { meta: { timeoutMs: 10 } }));
    engine.tick(10);
    engine.receive(request(2));
    expect(host.take()).toEqual([failure(1, -32003), failure(2, -32001, { retryAfterMs: 1_000 })]);
    engine.incoming.finish(host.last, { result: 1 });
    engine.receive(request(3));
    expect(engine.incoming.working).toBe(1);
    expect(host.take()).toEqual([]);
  });

  it("for a method that is not there is told so, with a name that is not echoed at length", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1, { method: "missing" }));
    engine.receive(request("y".repeat(1_000)));
    engine.receive(request("y".repeat(1_000)));
    const [missing, twice] = host.take() as { error: { code: number; message: string } }[];
    expect(missing?.error).toEqual({ code: -32601, message: 'There is no method "missing".' });
    expect(twice?.error.message.length).toBeLessThan(200);
  });

  it("that never could be parsed is answered with -32700 and the id null", () => {
    const { host, engine } = engineInScript();
    engine.incoming.unparsable();
    expect(host.take()).toEqual([failure(null, -32700)]);
  });
});

describe("a request that is cancelled", () => {
  it("in time is stopped, and answered with -32800", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1));
    engine.receive(notification("$/cancelRequest", { id: 1 }));
    engine.receive(notification("$/cancelRequest", { id: 1 }));
    expect(host.last.stops).toEqual(["cancelled"]);
    expect(host.take()).toEqual([]);
    engine.incoming.finish(host.last, { error: { code: 5, message: "whatever" } });
    expect(host.take()).toEqual([failure(1, -32800)]);
    expect([engine.incoming.working, host.working]).toEqual([0, 0]);
  });

  it("too late to be stopped is answered with its result", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1));
    engine.receive(notification("$/cancelRequest", { id: 1 }));
    engine.incoming.finish(host.last, { result: 5 });
    expect(host.take()).toEqual([answer(1, 5)]);
  });

  it("after its answer, or without ever having been here, is passed over", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1));
    engine.incoming.finish(host.last, { result: 5 });
    host.take();
    for (const id of [1, 2, "1", null, undefined]) engine.receive(notification("$/cancelRequest", { id }));
    expect(host.last.stops).toEqual([]);
    expect(host.take()).toEqual([]);
  });

  it("and never stops is answered when its deadline passes", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1, { meta: { timeoutMs: 10 } }));
    engine.receive(notification("$/cancelRequest", { id: 1 }));
    engine.tick(10);
    expect(host.take()).toEqual([failure(1, -32003)]);
    engine.incoming.finish(host.last, { result: 1 });
    expect(host.take()).toEqual([]);
  });
});

describe("a request whose deadline passes", () => {
  it("is answered with -32003 and stopped; what comes of it later is told to nobody", () => {
    const { host, engine } = engineInScript();
    host.time = 1_000;
    engine.receive(request(1, { meta: { timeoutMs: 10 } }));
    engine.receive(request(2, { meta: { timeoutMs: 20 } }));
    expect(engine.tick(1_009)).toBe(1_010);
    expect(host.take()).toEqual([]);
    expect(engine.tick(1_010)).toBe(1_020);
    expect(host.take()).toEqual([failure(1, -32003)]);
    expect(host.calls.map(({ stops }) => stops)).toEqual([["deadline"], []]);
    expect([engine.incoming.working, host.working]).toEqual([2, 2]);
    engine.incoming.finish(host.calls[0] as never, { result: 1 });
    expect(host.take()).toEqual([]);
    expect([engine.incoming.working, host.working]).toEqual([1, 1]);
  });

  it.each([0, -1, Number.NEGATIVE_INFINITY])("before it comes (timeoutMs %d) is not started", (timeoutMs) => {
    const { host, engine } = engineInScript();
    engine.receive(request(1, { meta: { timeoutMs } }));
    expect(host.take()).toEqual([failure(1, -32003)]);
    expect(host.calls).toEqual([]);
  });
});

describe("an answer that cannot be sent", () => {
  it("becomes an error", () => {
    const { host, engine } = engineInScript();
    const tooLong = new Error("too long");
    host.wire = (message) => ("result" in (message as object) ? tooLong : true);
    engine.receive(request(1));
    engine.incoming.finish(host.last, { result: "long" });
    expect(host.take()).toEqual([{ jsonrpc: "2.0", id: 1, error: { code: -32603, message: "unsendable" } }]);
    expect(host.unsent).toEqual([{ call: host.last, error: tooLong }]);
  });

  it("nor the error in its place, is given up", () => {
    const { host, engine } = engineInScript();
    host.wire = () => new Error("closed");
    engine.receive(request(1));
    engine.incoming.finish(host.last, { result: 1 });
    engine.receive([request(2)]);
    engine.incoming.finish(host.last, { result: 1 });
    expect([engine.incoming.working, host.working]).toEqual([0, 0]);
  });

  it("as sending it closed the connection, is nobody's failure", () => {
    const { host, engine } = engineInScript();
    host.wire = () => {
      engine.close(closed);
      return new Error("closed");
    };
    engine.receive(request(1));
    engine.incoming.finish(host.last, { result: 1 });
    expect(host.unsent).toEqual([]);
    expect([engine.incoming.working, host.working]).toEqual([0, 0]);
  });
});

describe("the output of a request", () => {
  it("goes as far as there is credit, and more credit is told", () => {
    const { host, engine } = engineInScript();
    engine.receive(request("s", { meta: { credit: 1 } }));
    const { last } = host;
    expect(engine.incoming.output(last, "a")).toBe(true);
    expect(last.credit).toBe(0);
    engine.receive(notification("$/output/credit", { id: "s", items: 2 }));
    expect(last).toMatchObject({ credit: 2, creditsGiven: 1 });
    host.wire = () => false;
    expect(engine.incoming.output(last, "b")).toBe(false);
    expect(last.credit).toBe(1);
    expect(host.take()).toEqual([
      notification("$/output", { id: "s", item: "a" }),
      notification("$/output", { id: "s", item: "b" }),
    ]);
  });

  it("has credit up to a bound, however much is given", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1, { meta: { credit: Number.MAX_SAFE_INTEGER } }));
    engine.receive(notification("$/output/credit", { id: 1, items: Number.MAX_SAFE_INTEGER }));
    expect(host.last.credit).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("is not sent where no credit was asked for, given later or not", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1));
    engine.receive(notification("$/output/credit", { id: 1, items: 5 }));
    engine.incoming.output(host.last, "a");
    expect(host.take()).toEqual([]);
    expect(host.last).toMatchObject({ credit: null, creditsGiven: 0 });
  });

  it("is not sent once it is cancelled, late or through", () => {
    const { host, engine } = engineInScript();
    for (const id of [1, 2, 3])
      engine.receive(request(id, { meta: { credit: 5, timeoutMs: id === 2 ? 10 : 1e6 } }));
    engine.receive(notification("$/cancelRequest", { id: 1 }));
    engine.tick(10);
    engine.incoming.finish(host.last, { result: null });
    host.take();
    for (const call of host.calls) expect(engine.incoming.output(call, "late")).toBe(true);
    expect(host.take()).toEqual([]);
  });

  it("that cannot be sent is its maker's to deal with", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1, { meta: { credit: 5 } }));
    host.wire = () => new Error("too long");
    expect(() => engine.incoming.output(host.last, "long")).toThrow("too long");
  });
});

describe("the input of a request", () => {
  it("is asked for, comes, and ends", () => {
    const { host, engine } = engineInScript();
    host.begin = (call) => engine.incoming.giveInputCredit(call, 2);
    engine.receive(request(1));
    expect(host.take()).toEqual([notification("$/input/credit", { id: 1, items: 2 })]);
    for (const item of ["a", null]) engine.receive(notification("$/input", { id: 1, item }));
    engine.incoming.giveInputCredit(host.last, 1);
    engine.receive(notification("$/input", { id: 1, item: "c" }));
    engine.receive(notification("$/input/end", { id: 1 }));
    expect(host.last).toMatchObject({ items: ["a", null, "c"], ends: 1, inputLeft: 0, stops: [] });
  });

  it("beyond its credit ends it with -32006", () => {
    const { host, engine } = engineInScript();
    host.begin = (call) => engine.incoming.giveInputCredit(call, 1);
    engine.receive(request(1));
    host.take();
    for (const item of ["a", "b", "c"]) engine.receive(notification("$/input", { id: 1, item }));
    expect(host.take()).toEqual([failure(1, -32006)]);
    expect(host.last).toMatchObject({ items: ["a"], stops: ["cancelled"] });
    engine.incoming.finish(host.last, { result: 1 });
    expect(host.take()).toEqual([]);
    expect([engine.incoming.working, host.working]).toEqual([0, 0]);
  });

  it("is asked for no more once it is cancelled, late or through", () => {
    const { host, engine } = engineInScript();
    for (const id of [1, 2, 3]) engine.receive(request(id, { meta: { timeoutMs: id === 2 ? 10 : 1e6 } }));
    engine.receive(notification("$/cancelRequest", { id: 1 }));
    engine.tick(10);
    engine.incoming.finish(host.last, { result: null });
    host.take();
    for (const call of host.calls) engine.incoming.giveInputCredit(call, 5);
    expect(host.take()).toEqual([]);
  });

  it("of a request that is not here is passed over", () => {
    const { host, engine } = engineInScript();
    for (const id of [1, null, {}, "__proto__"]) {
      engine.receive(notification("$/input", { id, item: 1 }));
      engine.receive(notification("$/input/end", { id }));
    }
    expect(host.take()).toEqual([]);
  });
});

describe("requests, when the connection closes,", () => {
  it("are stopped, and answered to nobody; their work counts until it is through", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(1));
    engine.receive([request(2)]);
    engine.close(closed);
    expect(host.calls.map(({ stops }) => stops)).toEqual([["closed"], ["closed"]]);
    expect([engine.incoming.working, host.working]).toEqual([2, 2]);
    for (const call of host.calls) engine.incoming.finish(call, { result: 1 });
    expect(host.take()).toEqual([]);
    expect([engine.incoming.working, host.working]).toEqual([0, 0]);
  });

  it("are stopped even while they are started", () => {
    const { host, engine } = engineInScript();
    host.begin = () => engine.close(closed);
    engine.receive(request(1, { meta: { timeoutMs: 5 } }));
    expect(host.last).toMatchObject({ state: "answered", stops: ["closed"] });
    expect(host.expected).toEqual([]);
    expect(engine.tick(5)).toBe(Number.POSITIVE_INFINITY);
    engine.incoming.finish(host.last, { result: 1 });
    expect(host.take()).toEqual([]);
    expect([engine.incoming.working, host.working]).toEqual([0, 0]);
  });
});

describe("the two directions", () => {
  it("have id spaces of their own", () => {
    const { host, engine } = engineInScript();
    const call = outgoing({ credit: 5 });
    engine.outgoing.begin(call);
    engine.receive(request(1, { meta: { credit: 5 } }));
    host.take();
    engine.receive(notification("$/output", { id: 1, item: "theirs" }));
    engine.incoming.output(host.last, "ours");
    engine.receive(notification("$/cancelRequest", { id: 1 }));
    expect(call).toMatchObject({ items: ["theirs"], outcomes: [] });
    expect(host.last.stops).toEqual(["cancelled"]);
    engine.receive(answer(1, "theirs"));
    expect(call.outcomes).toEqual([{ result: "theirs" }]);
    expect(engine.incoming.working).toBe(1);
  });
});
