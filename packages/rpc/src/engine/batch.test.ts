import { describe, expect, it } from "vitest";
import {
  answer,
  engineInScript,
  failure,
  notification,
  outgoing,
  request,
} from "../../test/scripted-host.ts";

describe("a batch", () => {
  it("is answered as a batch, once all of it is answered", () => {
    const { host, engine } = engineInScript();
    engine.receive([request(1), notification("tick"), request("b"), request(0, { method: "$/ping" })]);
    expect(host.notifications).toHaveLength(1);
    const [first, second] = host.calls;
    engine.incoming.finish(second as never, { result: 2 });
    expect(host.take()).toEqual([]);
    engine.incoming.finish(first as never, { error: { code: 1, message: "no" } });
    expect(host.take()).toEqual([
      [answer(0, null), answer("b", 2), { jsonrpc: "2.0", id: 1, error: { code: 1, message: "no" } }],
    ]);
  });

  it("whose requests are answered while it is read is answered once", () => {
    const { host, engine } = engineInScript();
    host.begin = (call) => engine.incoming.finish(call, { result: call.id });
    engine.receive([request(1), request(2)]);
    expect(host.take()).toEqual([[answer(1, 1), answer(2, 2)]]);
  });

  it("of notifications alone is not answered", () => {
    const { host, engine } = engineInScript();
    engine.receive([notification("tick"), notification("$/cancelRequest", { id: 1 }), answer(9, 9)]);
    expect(host.take()).toEqual([]);
  });

  it("that is empty is no request, and is answered with one error that is no array", () => {
    const { host, engine } = engineInScript();
    engine.receive([]);
    expect(host.take()).toEqual([failure(null, -32600)]);
  });

  it("that is too long is refused as a whole, and nothing of it is done", () => {
    const { host, engine } = engineInScript({ maxBatch: 2 });
    engine.receive([request(1), notification("tick"), request(2)]);
    expect(host.take()).toEqual([failure(null, -32600)]);
    expect([host.calls, host.notifications]).toEqual([[], []]);
    engine.receive([request(1), notification("tick")]);
    expect(host.calls).toHaveLength(1);
  });

  it("has an error for each entry that is no request, as JSON-RPC 2.0 (section 7) shows it", () => {
    const { host, engine } = engineInScript();
    host.begin = (call) => engine.incoming.finish(call, { result: 7 });
    engine.receive([1, 2, 3]);
    engine.receive([request("1"), { foo: "boo" }, [request(5)], request("5", { method: "missing" })]);
    expect(host.take()).toEqual([
      [failure(null, -32600), failure(null, -32600), failure(null, -32600)],
      [answer("1", 7), failure(null, -32600), failure(null, -32600), failure("5", -32601)],
    ]);
  });

  it("may bring answers: they settle what they belong to", () => {
    const { host, engine } = engineInScript();
    const calls = [outgoing(), outgoing()];
    for (const call of calls) engine.outgoing.begin(call);
    host.take();
    engine.receive([answer(2, "b"), answer(1, "a"), answer(2, "again")]);
    expect(calls.map((call) => call.outcomes)).toEqual([[{ result: "a" }], [{ result: "b" }]]);
    expect(host.take()).toEqual([]);
  });

  it("does not hold one id twice: the second is refused, and the first answered", () => {
    const { host, engine } = engineInScript();
    engine.receive([request(1), request(1)]);
    engine.incoming.finish(host.last, { result: 1 });
    expect(host.take()).toEqual([[failure(null, -32600), answer(1, 1)]]);
    expect(host.calls).toHaveLength(1);
  });

  it("is answered with what was cancelled and what was late, too", () => {
    const { host, engine } = engineInScript();
    engine.receive([
      request(1),
      request(2, { meta: { timeoutMs: 10 } }),
      request(3, { meta: { timeoutMs: 0 } }),
    ]);
    const [first] = host.calls;
    engine.receive(notification("$/cancelRequest", { id: 1 }));
    engine.tick(10);
    expect(host.take()).toEqual([]);
    engine.incoming.finish(first as never, { error: { code: 1, message: "stopped" } });
    expect(host.take()).toEqual([[failure(3, -32003), failure(2, -32003), failure(1, -32800)]]);
  });

  it("whose answers do not fit into one message is answered with as many errors", () => {
    const { host, engine } = engineInScript({ lenient: true });
    const tooLong = new Error("too long");
    host.wire = (message) => (JSON.stringify(message).includes("long result") ? tooLong : true);
    engine.receive([request(1), { id: 2, method: "work" }]);
    engine.incoming.finish(host.calls[0] as never, { result: "long result" });
    engine.incoming.finish(host.calls[1] as never, { result: 1 });
    const error = { code: -32603, message: "unsendable" };
    expect(host.take()).toEqual([
      [
        { jsonrpc: "2.0", id: 1, error },
        { id: 2, result: null, error },
      ],
    ]);
    expect(host.unsent).toEqual([{ call: null, error: tooLong }]);
  });
});
