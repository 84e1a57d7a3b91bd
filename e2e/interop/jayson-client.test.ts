import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { JaysonCaller, jayson4, jayson5 } from "./jayson.ts";
import { large, openStage, unicode } from "./stage.ts";

const versions = [
  ["4.3", jayson4],
  ["5.0", jayson5],
] as const;

describe.each(versions)("jayson %s calling Parley", (_, jayson) => {
  it("by name and by position, with a UUID for an id", async () => {
    const { port } = await openStage();
    const client = new JaysonCaller(jayson, port);
    const answer = { jsonrpc: "2.0", id: expect.stringMatching(/^[0-9a-f-]{36}$/), result: 3 };
    expect(await client.call("add", { a: 1, b: 2 })).toEqual(answer);
    expect(await client.call("add", [1, 2])).toEqual(answer);
  });

  it.each([0, -1, 1.5, "", "call-7", unicode])("with the id %j", async (id) => {
    const { port } = await openStage();
    const client = new JaysonCaller(jayson, port);
    expect(await client.call("add", [1, 2], id)).toEqual({ jsonrpc: "2.0", id, result: 3 });
  });

  it("is told what is wrong", async () => {
    const { port } = await openStage();
    const client = new JaysonCaller(jayson, port);
    expect(await client.call("lost", [], 1)).toMatchObject({ id: 1, error: { code: -32601 } });
    expect(await client.call("add", { a: "one", b: 2 }, 2)).toMatchObject({
      id: 2,
      error: { code: -32602, data: [{ path: "/a", expected: "number", actual: "string" }] },
    });
    expect(await client.call("divide", [7, 0], 3)).toMatchObject({
      id: 3,
      error: { code: 1, data: { a: 7 } },
    });
  });

  it("in a batch", async () => {
    const { port, note } = await openStage();
    const client = new JaysonCaller(jayson, port);
    const noted = note();
    const answers = await client.send([
      { jsonrpc: "2.0", id: "a", method: "add", params: [1, 2] },
      { jsonrpc: "2.0", method: "note", params: { text: "between" } },
      { jsonrpc: "2.0", id: 0, method: "sleep", params: { ms: 1 } },
      { jsonrpc: "2.0", id: 2, method: "lost" },
    ]);
    expect(answers).toHaveLength(3);
    expect(answers).toEqual(
      expect.arrayContaining([
        { jsonrpc: "2.0", id: "a", result: 3 },
        { jsonrpc: "2.0", id: 0, result: null },
        { jsonrpc: "2.0", id: 2, error: expect.objectContaining({ code: -32601 }) },
      ]),
    );
    expect(await noted).toBe("between");
  });

  it("is told that an empty batch is none", async () => {
    const { port } = await openStage();
    expect(await new JaysonCaller(jayson, port).send([])).toMatchObject({
      id: null,
      error: { code: -32600 },
    });
  });

  it("notifies, and is gone at once", async () => {
    const { port, note } = await openStage();
    const noted = note();
    const client = new JaysonCaller(jayson, port);
    expect(await client.call("note", { text: unicode }, null)).toBeUndefined();
    expect(await noted).toBe(unicode);
    const [socket] = client.sockets;
    if (socket?.closed === false) await once(socket, "close");
  });

  it("notifies with an id of null", async () => {
    const { port, note } = await openStage();
    const noted = note();
    await new JaysonCaller(jayson, port, { notificationIdNull: true }).call("note", { text: "null" }, null);
    expect(await noted).toBe("null");
  });

  it("in JSON-RPC 1.0", async () => {
    const { port, note } = await openStage();
    const client = new JaysonCaller(jayson, port, { version: 1 });
    expect(await client.call("add", [1, 2], 7)).toEqual({ id: 7, result: 3, error: null });
    expect(await client.call("divide", [1, 0], 8)).toMatchObject({ id: 8, result: null, error: { code: 1 } });
    const noted = note();
    await client.call("note", ["1.0"], null);
    expect(await noted).toBe("1.0");
  });

  it("gets a stream as one array", async () => {
    const { port } = await openStage();
    expect(await new JaysonCaller(jayson, port).call("countdown", { from: 3 }, 1)).toMatchObject({
      result: [3, 2, 1],
    });
  });

  it("with much to say, and all at once", async () => {
    const { port } = await openStage();
    const client = new JaysonCaller(jayson, port);
    expect(await client.call("echo", { value: large }, 1)).toMatchObject({ result: { value: large } });
    const sums = await Promise.all(Array.from({ length: 50 }, (_, n) => client.call("add", [n, n], n)));
    expect(sums).toEqual(Array.from({ length: 50 }, (_, n) => ({ jsonrpc: "2.0", id: n, result: 2 * n })));
  });

  it("leaves with each answer", async () => {
    const { port, left } = await openStage();
    const client = new JaysonCaller(jayson, port);
    await client.call("add", [1, 2]);
    await client.call("add", [3, 4]);
    expect(client.sockets).toHaveLength(2);
    for (const socket of client.sockets) if (!socket.closed) await once(socket, "close");
    await left();
  });
});
