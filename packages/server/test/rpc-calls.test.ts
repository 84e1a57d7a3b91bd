import { rpcCodes } from "@parley/rpc";
import { describe, expect, it } from "vitest";
import { serve } from "../src/index.ts";
import { calculator, calculatorOn } from "./rpc-contract.ts";
import { rpcStage } from "./rpc-stage.ts";

const request = (id: unknown, method: string, params?: unknown, meta?: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params, meta });

/** A caller of the calculator. */
async function calling(
  ...options: Parameters<typeof serve> extends [unknown, unknown, ...infer Rest] ? Rest : []
) {
  const desk = calculatorOn();
  const stage = await rpcStage(serve(calculator, desk.implementation, ...options));
  return { desk, ...stage, line: await stage.dial() };
}

describe("a call", () => {
  it("is answered, by name or by position, whatever its id", async () => {
    const { line } = await calling();
    expect(await line.ask(request(1, "add", { a: 1, b: 2 }))).toEqual({ jsonrpc: "2.0", id: 1, result: 3 });
    expect(await line.ask(request("x", "add", [1, 2]))).toEqual({ jsonrpc: "2.0", id: "x", result: 3 });
    expect(await line.ask(request(0.5, "add", { b: 2, a: 1 }))).toMatchObject({ id: 0.5, result: 3 });
  });

  it("of a method that there is not is told so", async () => {
    const { line, failures } = await calling();
    for (const method of ["subtract", "__proto__", "constructor", "note", "$/unknown"]) {
      const { error } = await line.ask(request(method, method, {}));
      expect(error).toMatchObject({ code: rpcCodes.methodNotFound });
    }
    expect(failures).toEqual([]);
  });

  it("with wrong parameters is told where, what was expected, and what was there", async () => {
    const { line, failures } = await calling();
    const { error } = await line.ask(request(1, "add", { a: 1, b: "two" }));
    expect(error).toMatchObject({
      code: rpcCodes.invalidParams,
      data: [{ path: "/b", expected: "number", actual: "string" }],
    });
    expect((error as { message: string }).message).toContain("/b");
    expect((await line.ask(request(2, "add", { a: 1 }))).error).toMatchObject({
      code: rpcCodes.invalidParams,
      data: [{ path: "/b", actual: "nothing" }],
    });
    expect(failures).toEqual([]);
  });

  it.each([
    ["throw", "secret"],
    ["later", "secret, later"],
    ["result", "not met by the result of fail"],
  ])("that fails (%s) is told nothing but under what the server tells why", async (how, why) => {
    const { line, failures } = await calling();
    const answer = await line.ask(request(1, "fail", { how }));
    const { error } = answer as { error: { code: number; data: string } };
    expect(error.code).toBe(rpcCodes.internalError);
    expect(JSON.stringify(answer)).not.toContain("secret");
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ method: "fail", reference: error.data, connection: { id: "c1" } });
    expect(error.data).toMatch(/^c1\./);
    expect(String(failures[0]?.error)).toContain(why);
    // Nothing of it harms the connection.
    expect(await line.ask(request(2, "add", [1, 1]))).toMatchObject({ result: 2 });
  });

  it("gets an RpcError, or one that the contract declares, as it is", async () => {
    const { line, failures } = await calling();
    expect((await line.ask(request(1, "fail", { how: "rpc" }))).error).toEqual({
      code: 7,
      message: "As you wish.",
      data: { how: "rpc" },
    });
    expect((await line.ask(request(2, "divide", { a: 5, b: 0 }))).error).toEqual({
      code: 1,
      message: "Division by zero.",
      data: { dividend: 5 },
    });
    expect(failures).toEqual([]);
  });

  it("is answered when it is through, in whatever order", async () => {
    const { desk, line } = await calling();
    line.send(
      request(1, "wait", { name: "a" }),
      request(2, "wait", { name: "b" }),
      request(3, "add", [1, 1]),
    );
    await desk.untilBegun("b");
    desk.finish("b");
    await line.until(2);
    desk.finish("a");
    expect((await line.until(3)).map(({ id, result }) => [id, result])).toEqual([
      [3, 2],
      [2, "b!"],
      [1, "a!"],
    ]);
  });

  it("is answered as cancelled when its caller cancels it", async () => {
    const { desk, line } = await calling();
    line.send(request(1, "wait", { name: "a" }));
    await desk.untilBegun("a");
    line.send('{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}');
    const [answer] = await line.until(1);
    expect(answer).toMatchObject({ id: 1, error: { code: rpcCodes.cancelled } });
    expect(desk.signal("a").aborted).toBe(true);
  });

  it("is answered when its deadline passes, and told to stop", async () => {
    const { desk, line, clock } = await calling();
    line.send(request(1, "wait", { name: "a" }, { timeoutMs: 500 }));
    await desk.untilBegun("a");
    clock.advance(499);
    expect(desk.signal("a").aborted).toBe(false);
    clock.advance(1);
    const [answer] = await line.until(1);
    expect(answer).toMatchObject({ id: 1, error: { code: rpcCodes.deadlineExceeded } });
    expect(desk.signal("a").aborted).toBe(true);
  });

  it("is told to stop when its connection is lost", async () => {
    const { desk, line, untilClosed } = await calling();
    line.send(request(1, "wait", { name: "a" }));
    await desk.untilBegun("a");
    line.recorded.stream.destroy();
    await untilClosed("c1 remote reset");
    expect(desk.signal("a").aborted).toBe(true);
  });
});

describe("calls that are too many", () => {
  it("on one connection are answered as overloaded", async () => {
    const { desk, line } = await calling({ maxInFlight: 2, retryAfterMs: 70 });
    for (const name of ["a", "b", "c"]) line.send(request(name, "wait", { name }));
    const [answer] = await line.until(1);
    expect(answer).toMatchObject({
      id: "c",
      error: { code: rpcCodes.overloaded, data: { retryAfterMs: 70 } },
    });
    desk.finish("a");
    await line.until(2);
    expect(desk.begun).toEqual(["a", "b"]);
    expect(await line.ask(request(4, "add", [1, 1]))).toMatchObject({ result: 2 });
  });

  it("on all of them together are too, until some are through", async () => {
    const { desk, line, dial } = await calling({ maxRunning: 2, retryAfterMs: 70 });
    const other = await dial();
    line.send(request(1, "wait", { name: "a" }));
    await desk.untilBegun("a");
    line.send(request(2, "countdown", { from: 9 }, { credit: 1 }));
    await line.until(1);
    const overloaded = { error: { code: rpcCodes.overloaded, data: { retryAfterMs: 70 } } };
    expect(await other.ask(request(1, "add", [1, 1]))).toMatchObject(overloaded);
    expect(await line.ask(request(3, "add", [1, 1]))).toMatchObject(overloaded);
    line.send('{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}');
    await line.until(3);
    expect(await other.ask(request(2, "add", [1, 1]))).toMatchObject({ result: 2 });
    other.send(request(3, "wait", { name: "b" }));
    await desk.untilBegun("b");
    expect(await line.ask(request(4, "add", [1, 1]))).toMatchObject(overloaded);
    // Who is gone takes no place, once the work has stopped.
    other.recorded.stream.destroy();
    await desk.until(() => desk.signal("b").aborted);
    await new Promise(setImmediate);
    expect(await line.ask(request(5, "add", [1, 1]))).toMatchObject({ result: 2 });
  });
});

describe("other forms of asking", () => {
  it("in a batch is answered in a batch, a stream in it refused", async () => {
    const { line } = await calling();
    line.send(
      `[${request(1, "add", [1, 2])},{"jsonrpc":"2.0","method":"note","params":{"text":"x"}},1,${request(2, "countdown", { from: 1 })}]`,
    );
    const [answers] = (await line.until(1)) as unknown as [Record<string, unknown>[]];
    expect(answers).toHaveLength(3);
    expect(answers).toContainEqual({ jsonrpc: "2.0", id: 1, result: 3 });
    expect(answers.filter(({ error }) => error !== undefined)).toHaveLength(2);
  });

  it("a notification is not answered, and its failure told to the server alone", async () => {
    const { desk, line, failures } = await calling();
    for (const text of ["one", "bad", "two"])
      line.send(JSON.stringify({ jsonrpc: "2.0", method: "note", params: { text } }));
    line.send('{"jsonrpc":"2.0","method":"note","params":{"text":1}}');
    line.send('{"jsonrpc":"2.0","method":"unheard of"}');
    expect(await line.ask(request(1, "add", [1, 1]))).toMatchObject({ result: 2 });
    expect(desk.notes).toEqual(["one", "two"]);
    expect(line.lines).toHaveLength(1);
    expect(failures[0]).toMatchObject({ method: "note", reference: undefined });
    expect(String(failures[0]?.error)).toContain("secret note");
  });

  it("as JSON-RPC 1.0 is answered in kind, if that is allowed", async () => {
    const lenient = await calling({ lenient: true });
    expect(await lenient.line.ask('{"id":1,"method":"add","params":[1,2]}')).toEqual({
      id: 1,
      result: 3,
      error: null,
    });
    const strict = await calling();
    expect((await strict.line.ask('{"id":1,"method":"add","params":[1,2]}')).error).toMatchObject({
      code: rpcCodes.invalidRequest,
    });
  });

  it("rpc.discover answers with the contract's document", async () => {
    const { line } = await calling();
    const { result } = await line.ask(request(1, "rpc.discover"));
    expect(result).toMatchObject({ openrpc: expect.any(String), info: { title: "calculator" } });
  });
});

describe("middleware", () => {
  it("stands around calls in its order, sees parameters and results, and may take their place", async () => {
    const seen: string[] = [];
    const { line } = await calling({
      middleware: [
        async (params, { method, connection }, next) => {
          seen.push(`outer ${method} ${connection.id}`);
          const result = await next(params);
          seen.push(`outer saw ${JSON.stringify(result)}`);
          return result;
        },
        (params, { method }, next) => {
          seen.push(`inner ${JSON.stringify(params)}`);
          return method === "divide" ? 42 : next({ ...(params as object), b: 10 });
        },
      ],
    });
    expect(await line.ask(request(1, "add", { a: 1, b: 2 }))).toMatchObject({ result: 11 });
    expect(await line.ask(request(2, "divide", { a: 1, b: 0 }))).toMatchObject({ result: 42 });
    expect(seen).toEqual([
      "outer add c1",
      'inner {"a":1,"b":2}',
      "outer saw 11",
      "outer divide c1",
      'inner {"a":1,"b":0}',
      "outer saw 42",
    ]);
  });
});
