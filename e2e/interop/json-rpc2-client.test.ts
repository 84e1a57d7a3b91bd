import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { callJsonRpc2 as call, connectJsonRpc2, jsonRpc2 } from "./json-rpc2.ts";
import { large, openStage, unicode } from "./stage.ts";

describe("json-rpc2 calling Parley", () => {
  it("by position, and by name with an array around it", async () => {
    const { port } = await openStage();
    const connection = await connectJsonRpc2(port);
    expect(await call(connection, "add", [1, 2])).toBe(3);
    expect(await call(connection, "echo", unicode)).toEqual({ value: unicode });
    expect(await call(connection, "add", { a: 1, b: 2 })).toBe(3);
  });

  it("is told what is wrong", async () => {
    const { port } = await openStage();
    const connection = await connectJsonRpc2(port);
    await expect(call(connection, "lost", [])).rejects.toMatchObject({ code: -32601 });
    await expect(call(connection, "add", ["one", 2])).rejects.toMatchObject({
      code: -32602,
      data: [{ path: "/a", expected: "number", actual: "string" }],
    });
    await expect(call(connection, "divide", [7, 0])).rejects.toMatchObject({ code: 1, data: { a: 7 } });
  });

  it("notifies with an id of null", async () => {
    const { port, note } = await openStage();
    const connection = await connectJsonRpc2(port);
    const noted = note();
    connection.call("note", [unicode]);
    expect(await noted).toBe(unicode);
    expect(await call(connection, "add", [1, 2])).toBe(3);
  });

  it("hears the events that it has subscribed to", async () => {
    const { port, tick } = await openStage();
    const client = jsonRpc2.Client.$create(port, "127.0.0.1");
    const ticked = new Promise((resolve) => client.expose("tick", resolve));
    const connection = await connectJsonRpc2(port, client);
    await call(connection, "$/subscribe", { events: ["tick"] });
    tick(42);
    expect(await ticked).toEqual({ at: 42 });
  });

  it("gets a stream as one array", async () => {
    const { port } = await openStage();
    expect(await call(await connectJsonRpc2(port), "countdown", [3])).toEqual([3, 2, 1]);
  });

  it("with much to say, and all at once, with nothing between the values", async () => {
    const { port } = await openStage();
    const connection = await connectJsonRpc2(port);
    const echoed = call(connection, "echo", [large]);
    const sums = Array.from({ length: 100 }, (_, n) => call(connection, "add", [n, n]));
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
    expect(await echoed).toEqual({ value: large });
  });

  it("leaves once it is answered", async () => {
    const { port, left } = await openStage();
    const connection = await connectJsonRpc2(port);
    const closed = once(connection.conn, "close");
    expect(await call(connection, "add", [1, 2])).toBe(3);
    connection.end();
    await closed;
    await left();
  });
});
