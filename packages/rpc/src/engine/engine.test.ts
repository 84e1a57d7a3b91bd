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

describe("what an engine takes a message for", () => {
  it.each([0, 1, -1, 2.5, 1e300, "", "a", "0", "__proto__", "constructor"])(
    "a request with the id %j",
    (id) => {
      const { host, engine } = engineInScript();
      engine.receive(request(id, { params: { a: 1 } }));
      expect(host.last.parts).toMatchObject({ id, method: "work", params: { a: 1 } });
      engine.incoming.finish(host.last, { result: "done" });
      expect(host.take()).toEqual([answer(id, "done")]);
    },
  );

  it("a request with the id null, which JSON-RPC 2.0 discourages and does not forbid", () => {
    const { host, engine } = engineInScript();
    engine.receive(request(null));
    engine.incoming.finish(host.last, { result: 1 });
    expect(host.take()).toEqual([answer(null, 1)]);
  });

  it.each([true, {}, [], [1], Number.NaN, Number.POSITIVE_INFINITY, 1n])(
    "no request where the id is %s",
    (id) => {
      const { host, engine } = engineInScript();
      engine.receive(request(id));
      expect(host.take()).toEqual([failure(null, -32600)]);
      expect(host.calls).toEqual([]);
    },
  );

  it.each([
    ["no object", 1],
    ["no object", null],
    ["no object", "text"],
    ["no method", {}],
    ["no method", { jsonrpc: "2.0", params: {} }],
    ["a method that is no string", { jsonrpc: "2.0", method: 1 }],
  ])("an invalid request: %s", (_why, message) => {
    const { host, engine } = engineInScript();
    engine.receive(message);
    expect(host.take()).toEqual([failure(null, -32600)]);
  });

  it("an invalid request whose id it can read: the answer bears it", () => {
    const { host, engine } = engineInScript();
    engine.receive({ jsonrpc: "2.0", id: "x", method: 5 });
    engine.receive({ jsonrpc: "1.0", id: 0, method: "work" });
    engine.receive({ id: 7, method: "work" });
    for (const params of [1, "a", null, false]) engine.receive(request(3, { params }));
    expect(host.take()).toEqual([
      failure("x", -32600),
      failure(0, -32600),
      failure(7, -32600),
      ...Array.from({ length: 4 }, () => failure(3, -32600)),
    ]);
    expect(host.calls).toEqual([]);
  });

  it("an answer, even one that cannot be anybody's: an answer is never answered", () => {
    const { host, engine } = engineInScript();
    const error = { code: -32600, message: "no" };
    for (const message of [
      answer(1, 2),
      { jsonrpc: "2.0", id: null, error },
      { jsonrpc: "2.0", error },
      { result: 1 },
      { method: 5, result: 1 },
      { id: {}, result: 1 },
      [answer("x", 1), { error }],
    ])
      engine.receive(message);
    expect(host.take()).toEqual([]);
  });

  it("a notification: passed on if it is none of the protocol's own", () => {
    const { host, engine } = engineInScript();
    engine.receive(notification("tick", { at: 1 }));
    engine.receive(notification("missing"));
    engine.receive(notification("__proto__", [1]));
    expect(host.notifications).toEqual([
      { method: "tick", params: { at: 1 } },
      { method: "missing", params: undefined },
      { method: "__proto__", params: [1] },
    ]);
    expect(host.take()).toEqual([]);
  });

  it("nothing, where a $/ notification is unknown; a $/ request that is unknown has no method", () => {
    const { host, engine } = engineInScript();
    engine.receive(notification("$/progress", { token: 1 }));
    engine.receive(notification("$/"));
    expect(host.notifications).toEqual([]);
    engine.receive(request(1, { method: "missing" }));
    expect(host.take()).toEqual([failure(1, -32601)]);
  });

  it.each([undefined, null, 1, [], {}, { id: 1 }, { id: {}, items: -1 }, { id: 1, items: 0.5 }])(
    "nothing, where the parameters of a $/ notification are %j",
    (params) => {
      const { host, engine } = engineInScript();
      engine.receive(request(1, { meta: { credit: 1 } }));
      const call = outgoing({ credit: 1 });
      engine.outgoing.begin(call);
      host.take();
      for (const word of ["$/output/credit", "$/input/credit"]) engine.receive(notification(word, params));
      if ((params as { id?: unknown } | undefined | null)?.id !== 1)
        for (const word of ["$/cancelRequest", "$/output", "$/input", "$/input/end"])
          engine.receive(notification(word, params));
      expect(host.take()).toEqual([]);
      expect(host.last).toMatchObject({ credit: 1, creditsGiven: 0, stops: [], ends: 0 });
      expect(call).toMatchObject({ inputCredit: 0, wanted: 0, outcomes: [] });
    },
  );
});

describe("an engine that is lenient", () => {
  it("takes JSON-RPC 1.0, and answers in kind: with a result and an error, one of them null", () => {
    const { host, engine } = engineInScript({ lenient: true });
    engine.receive({ id: 1, method: "work", params: null });
    expect(host.last.parts.params).toBeUndefined();
    engine.incoming.finish(host.last, { result: 5 });
    engine.receive({ id: 2, method: "work", params: [1] });
    engine.incoming.finish(host.last, { error: { code: 1, message: "no" } });
    expect(host.take()).toEqual([
      { id: 1, result: 5, error: null },
      { id: 2, result: null, error: { code: 1, message: "no" } },
    ]);
  });

  it("refuses in kind, too", () => {
    const { host, engine } = engineInScript({ lenient: true, maxInFlight: 1 });
    engine.receive({ id: 1, method: "missing", params: [] });
    engine.receive({ id: 2, method: "work", params: "x" });
    engine.receive({ id: 3, method: "work", params: [] });
    engine.receive({ id: 4, method: "work", params: [] });
    engine.receive({ id: 3, method: "work", params: [] });
    engine.drain();
    engine.receive({ id: 5, method: "work", params: [] });
    const codes = [-32601, -32600, -32001, -32600, -32002];
    const ids = [1, 2, 4, null, 5];
    expect(host.take().filter((message) => "id" in (message as object))).toEqual(
      codes.map((code, index) => ({
        id: ids[index],
        result: null,
        error: expect.objectContaining({ code }) as unknown,
      })),
    );
  });

  it("takes a request with the id null for a notification, as 1.0 has it", () => {
    const { host, engine } = engineInScript({ lenient: true });
    engine.receive({ id: null, method: "tick", params: [1] });
    expect(host.notifications).toEqual([{ method: "tick", params: [1] }]);
  });

  it("answers those who speak 2.0 in 2.0", () => {
    const { host, engine } = engineInScript({ lenient: true });
    engine.receive(request(1));
    engine.incoming.finish(host.last, { result: 5 });
    engine.receive(request(null));
    engine.incoming.finish(host.last, { result: 6 });
    expect(host.take()).toEqual([answer(1, 5), answer(null, 6)]);
  });
});

describe("a goaway", () => {
  it("is told to the host, with what is missing or wrong filled in", () => {
    const { host, engine } = engineInScript();
    const word = { code: -32001, message: "Too many.", retryAfterMs: 250 };
    engine.receive(notification("$/goaway", word));
    engine.receive(notification("$/goaway"));
    engine.receive(notification("$/goaway", { code: 5, message: 6, retryAfterMs: -1 }));
    engine.receive(notification("$/goaway", { retryAfterMs: 1e300 }));
    const filledIn = { code: -32002, message: "It is going away.", retryAfterMs: 0 };
    expect(host.goAways).toEqual([word, filledIn, filledIn, { ...filledIn, retryAfterMs: 0x7fff_ffff }]);
    expect(host.take()).toEqual([]);
  });

  it("is said once, when this side drains; what is running goes on", () => {
    const { host, engine } = engineInScript({ retryAfterMs: 70 });
    engine.receive(request(1));
    engine.drain();
    engine.drain();
    expect(host.take()).toEqual([
      notification("$/goaway", { code: -32002, message: expect.any(String) as unknown, retryAfterMs: 70 }),
    ]);
    engine.receive(request(2));
    engine.receive(request(3, { method: "$/ping" }));
    engine.incoming.finish(host.calls[0] as never, { result: 1 });
    expect(host.take()).toEqual([failure(2, -32002, { retryAfterMs: 70 }), answer(3, null), answer(1, 1)]);
    expect(host.calls).toHaveLength(1);
  });

  it("that cannot be sent is no failure: the connection is about to close", () => {
    const { host, engine } = engineInScript();
    host.wire = () => closed;
    engine.drain();
    host.wire = () => true;
    engine.receive(request(1));
    expect(host.take()).toEqual([failure(1, -32002, { retryAfterMs: 1_000 })]);
  });

  it("leaves this side's own calls be", () => {
    const { host, engine } = engineInScript();
    engine.drain();
    const call = outgoing();
    engine.outgoing.begin(call);
    engine.receive(answer(1, 2));
    expect(call.outcomes).toEqual([{ result: 2 }]);
    expect(host.take()).toHaveLength(2);
  });
});

describe("an engine that is closed", () => {
  it("takes nothing, sends nothing, has nothing pending and nothing to look at", () => {
    const { host, engine } = engineInScript({ pingIntervalMs: 5 }, true);
    engine.receive(request(1, { meta: { timeoutMs: 5, credit: 2 } }));
    const call = outgoing({ timeoutMs: 5, credit: 3 });
    engine.outgoing.begin(call);
    host.take();
    engine.close(closed);
    engine.close(closed);
    const [served] = host.calls;
    for (const message of [
      request(2),
      request(3, { method: "$/ping" }),
      notification("tick"),
      notification("$/goaway"),
      notification("$/output", { id: 1, item: 1 }),
      notification("$/cancelRequest", { id: 1 }),
      answer(1, 1),
      1,
      [],
      [request(4)],
    ])
      engine.receive(message);
    engine.incoming.unparsable();
    engine.drain();
    engine.incoming.giveInputCredit(served as never, 1);
    expect(engine.incoming.output(served as never, 1)).toBe(true);
    engine.outgoing.giveCredit(call, 1);
    engine.outgoing.endInput(call);
    expect(engine.outgoing.sendInput(call, 1)).toBe(true);
    engine.outgoing.cancel(call, new Error("late"));
    engine.outgoing.resume();
    expect(engine.tick(1e9)).toBe(Number.POSITIVE_INFINITY);
    engine.incoming.finish(served as never, { result: 1 });
    expect(host.take()).toEqual([]);
    expect(host.notifications).toEqual([]);
    expect(host.goAways).toEqual([]);
    expect(host.silences).toEqual([]);
    expect(call.outcomes).toHaveLength(1);
    expect([engine.outgoing.pending, engine.incoming.working, host.working]).toEqual([0, 0, 0]);
  });

  it("rejects a call at once, and says that it was not sent", () => {
    const { host, engine } = engineInScript();
    engine.close(closed);
    const call = outgoing({ timeoutMs: 5 });
    engine.outgoing.begin(call);
    engine.outgoing.beginAtOnce(outgoing());
    expect(call.error).toMatchObject({ code: "connection-lost", sent: false, cause: closed });
    expect(host.take()).toEqual([]);
    expect(host.expected).toEqual([]);
    expect(engine.outgoing.pending).toBe(0);
  });
});
