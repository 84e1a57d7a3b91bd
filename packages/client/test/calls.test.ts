import { type ByteStream, ClosedError, TimeoutError } from "@parley/core";
import { ConnectionLostError, MismatchError, RpcError, UnavailableError } from "@parley/rpc";
import { memoryPair, recordStream } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { createClient } from "../src/index.ts";
import { calculator } from "./calculator.ts";
import { outcome, stage, told } from "./client-stage.ts";

describe("a call", () => {
  it("sends its parameters by name, and what remains of its deadline", async () => {
    const { client, server } = await stage();
    const sum = client.call("add", { a: 1, b: 2 }, { timeoutMs: 500 });
    const connection = await server.next();
    expect(await connection.nextLine()).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"add","params":{"a":1,"b":2},"meta":{"timeoutMs":500}}',
    );
    connection.send({ jsonrpc: "2.0", id: 1, result: 3 });
    expect(await sum).toBe(3);
  });

  it("leaves out what there is not, and passes on what it is given", async () => {
    const { client, server } = await stage({ timeoutMs: Number.POSITIVE_INFINITY });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const answers = [client.call("version"), client.call("version", undefined, { traceparent })];
    const connection = await server.next();
    expect(await connection.nextLine()).toBe('{"jsonrpc":"2.0","id":1,"method":"version"}');
    expect(await connection.next()).toMatchObject({ meta: { traceparent } });
    for (const id of [2, 1]) connection.answer({ id }, `v${id}`);
    expect(await Promise.all(answers)).toEqual(["v1", "v2"]);
  });

  it("rejects with the error it is answered with", async () => {
    const { client, server } = await stage();
    const sum = client.call("add", { a: 1, b: 2 });
    const connection = await server.next();
    connection.refuse(await connection.next(), 42, { why: "because" });
    const error = await sum.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ rpcCode: 42, data: { why: "because" }, blame: "remote" });
  });

  it("rejects without sending what does not match the contract", async () => {
    const { client, server } = await stage();
    await client.connected();
    // @ts-expect-error There is no b.
    const error = await client.call("add", { a: 1 }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(MismatchError);
    // @ts-expect-error There is no such method.
    await expect(client.call("subtract")).rejects.toMatchObject({ code: "bad-option" });
    // @ts-expect-error It answers with a stream.
    await expect(client.call("countdown", { from: 3 })).rejects.toThrow("use stream(), not call()");
    // @ts-expect-error It takes a stream.
    await expect(client.call("sum")).rejects.toThrow("give its items as the option input");
    await expect(client.call("version", undefined, { timeoutMs: 0 })).rejects.toThrow("timeoutMs");
    expect((await server.next()).lines).toEqual([]);
  });

  it("is cancelled at the server when its time is up, and its late answer settles nothing", async () => {
    const { client, clock, server } = await stage();
    const late = client.call("add", { a: 1, b: 2 }, { timeoutMs: 100 });
    const connection = await server.next();
    await connection.next();
    clock.advance(100);
    const error = await late.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ timeoutMs: 100, sent: true });
    expect(await connection.next()).toEqual({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 1 } });
    const next = client.call("add", { a: 2, b: 2 });
    await connection.next();
    connection.answer({ id: 1 }, 3);
    connection.answer({ id: 2 }, 4);
    expect(await next).toBe(4);
  });

  it("is cancelled by its signal, and not even sent if that was aborted before", async () => {
    const { client, server } = await stage();
    const abort = new AbortController();
    const given = client.call("version", undefined, { signal: abort.signal });
    const connection = await server.next();
    await connection.next();
    abort.abort(new Error("changed my mind"));
    await expect(given).rejects.toMatchObject({ code: "aborted", cause: { message: "changed my mind" } });
    expect(await connection.next()).toMatchObject({ method: "$/cancelRequest" });
    await expect(client.call("version", undefined, { signal: abort.signal })).rejects.toMatchObject({
      code: "aborted",
    });
    expect(connection.lines).toHaveLength(2);
  });

  it("sends input as it is asked for", async () => {
    const { client, server } = await stage();
    const sum = client.call("sum", undefined, { input: [1, 2] });
    const connection = await server.next();
    const request = await connection.next();
    connection.tell("$/input/credit", { id: request.id, items: 10 });
    expect(await connection.next()).toMatchObject({ method: "$/input", params: { item: 1 } });
    expect(await connection.next()).toMatchObject({ method: "$/input", params: { item: 2 } });
    expect(await connection.next()).toMatchObject({ method: "$/input/end" });
    connection.answer(request, 3);
    expect(await sum).toBe(3);
  });

  it("asks for the server's document", async () => {
    const { client, server } = await stage();
    const document = client.discover();
    const connection = await server.next();
    const request = await connection.next();
    expect(request).toMatchObject({ method: "rpc.discover" });
    connection.answer(request, { openrpc: "1.3.2" });
    expect(await document).toEqual({ openrpc: "1.3.2" });
  });
});

describe("a call without a connection", () => {
  it("waits for it within its deadline, and then says why there is none", async () => {
    const { client, clock, server } = await stage({ lazy: true });
    await server.close();
    expect(client.state).toBe("idle");
    const failed = told({ client }, "reconnecting");
    const call = client.call("version", undefined, { timeoutMs: 40 });
    const seen = outcome(call);
    await failed;
    clock.advance(39);
    await Promise.resolve();
    expect(seen).toEqual({});
    clock.advance(1);
    await expect(call).rejects.toMatchObject({ code: "timeout", sent: false, timeoutMs: 40 });
    await expect(call).rejects.toThrow("nobody listens there");
  });

  it("is sent when there is one, with what remains of its deadline, in order", async () => {
    const { client, clock, server } = await stage({ lazy: true });
    const calls = [1, 2, 3].map((a) => client.call("add", { a, b: 0 }, { timeoutMs: 500 }));
    clock.advance(200);
    const connection = await server.next();
    for (const a of [1, 2, 3]) {
      const request = await connection.next();
      expect(request).toMatchObject({ params: { a }, meta: { timeoutMs: 300 } });
      connection.answer(request, a);
    }
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
  });

  it("can be given up", async () => {
    const { client, server } = await stage({ lazy: true });
    const abort = new AbortController();
    const call = client.call("version", undefined, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    expect((await server.next()).lines).toEqual([]);
  });

  it("is rejected if too many wait already", async () => {
    const { client } = await stage({ lazy: true, maxWaiting: 2 });
    const waiting = [outcome(client.call("version")), outcome(client.call("version"))];
    const error = await client.call("version").catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ code: "unavailable", blame: "local" });
    expect(waiting).toEqual([{}, {}]);
    await client.close();
    expect(waiting.map(({ error }) => error)).toEqual([expect.any(ClosedError), expect.any(ClosedError)]);
  });

  it("counts its whole time when it is sent in the end and not answered", async () => {
    const { client, clock, server } = await stage({ lazy: true });
    const call = client.call("version", undefined, { timeoutMs: 500 });
    clock.advance(300);
    const connection = await server.next();
    await connection.next();
    clock.advance(200);
    await expect(call).rejects.toMatchObject({ code: "timeout", timeoutMs: 500, sent: true });
  });
});

describe("a notification", () => {
  it("is sent at once, or with the connection", async () => {
    const { client, server } = await stage({ lazy: true });
    expect(client.notify("log", { line: "early" })).toBe(true);
    const connection = await server.next();
    expect(await connection.nextLine()).toBe('{"jsonrpc":"2.0","method":"log","params":{"line":"early"}}');
    client.notify("log", { line: "late" });
    expect(await connection.next()).toMatchObject({ params: { line: "late" } });
    expect(() => client.notify("log", {} as never)).toThrow(MismatchError);
    expect(() => client.notify("nothing" as never, {} as never)).toThrow("no notification nothing");
  });

  it("is dropped, and that is told, if there is no connection in time", async () => {
    const { client, clock, server } = await stage({ lazy: true, timeoutMs: 100 });
    await server.close();
    const dropped = told({ client }, "notification-dropped");
    client.notify("log", { line: "lost" });
    clock.advance(100);
    expect(await dropped).toMatchObject({ name: "log", error: { code: "timeout" } });
  });
});

describe("closing a client", () => {
  it("rejects what is pending at once, sends a FIN, and leaves no timer behind", async () => {
    const { client, clock, server } = await stage();
    const call = client.call("version");
    const connection = await server.next();
    await connection.next();
    const closing = client.close();
    const error = await call.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ sent: true, cause: { code: "closed" } });
    await closing;
    await client.close();
    expect(connection.stream.hasEnded).toBe(true);
    expect(client.state).toBe("closed");
    expect(clock.pending).toBe(0);
    await expect(client.call("version")).rejects.toBeInstanceOf(ClosedError);
    await expect(client.connected()).rejects.toBeInstanceOf(ClosedError);
    expect(() => client.notify("log", { line: "" })).toThrow(ClosedError);
  });

  it("breaks off a connection that is being made", async () => {
    const { client, clock, server } = await stage();
    expect(client.state).toBe("connecting");
    await client.close();
    expect(server.accepted).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("ends a connection that was made in spite of that", async () => {
    const { near, far } = memoryPair();
    let connect = () => {};
    const dialled = new Promise<ByteStream>((resolve) => {
      connect = () => resolve(near);
    });
    const client = createClient(calculator, () => dialled);
    const server = recordStream(far);
    await Promise.resolve();
    const closing = client.close();
    connect();
    await server.untilEnded();
    server.stream.end();
    await closing;
  });

  it("ends the wait for the next try", async () => {
    const { client, clock, server } = await stage({ lazy: true });
    await server.close();
    const waiting = told({ client }, "reconnecting");
    const connected = outcome(client.connected());
    await waiting;
    await client.close();
    expect(clock.pending).toBe(0);
    expect(connected.error).toBeInstanceOf(ClosedError);
  });

  it("is what the end of its scope does", async () => {
    const { client, server } = await stage();
    {
      await using scoped = client;
      await scoped.connected();
    }
    expect(client.state).toBe("closed");
    expect((await server.next()).stream.hasEnded).toBe(true);
  });
});
