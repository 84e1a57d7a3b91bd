import { describe, expect, it } from "vitest";
import { CancellationTokenSource, ParameterStructures, Trace } from "vscode-jsonrpc/node";
import { large, openStage, unicode } from "./stage.ts";
import { connectVscode } from "./vscode-jsonrpc.ts";

describe("vscode-jsonrpc calling Parley", () => {
  it("by name and by position, from the id 0 on", async () => {
    const { port } = await openStage();
    const connection = await connectVscode(port);
    expect(await connection.sendRequest("add", { a: 1, b: 2 })).toBe(3);
    expect(await connection.sendRequest("add", 3, 4)).toBe(7);
    expect(await connection.sendRequest("add", ParameterStructures.byName, { a: 5, b: 6 })).toBe(11);
  });

  it("with one array, which it wraps into another", async () => {
    const { port } = await openStage();
    const connection = await connectVscode(port);
    expect(await connection.sendRequest("echo", ["x"])).toEqual({ value: ["x"] });
  });

  it("is told what is wrong", async () => {
    const { port } = await openStage();
    const connection = await connectVscode(port);
    await expect(connection.sendRequest("lost")).rejects.toMatchObject({ code: -32601 });
    await expect(connection.sendRequest("add", { a: "one", b: 2 })).rejects.toMatchObject({
      code: -32602,
      data: [{ path: "/a", expected: "number", actual: "string" }],
    });
    await expect(connection.sendRequest("divide", { a: 7, b: 0 })).rejects.toMatchObject({
      code: 1,
      data: { a: 7 },
    });
  });

  it("cancels", async () => {
    const { port } = await openStage();
    const connection = await connectVscode(port);
    const source = new CancellationTokenSource();
    const sleeping = connection.sendRequest("sleep", { ms: 3_600_000 }, source.token);
    const other = connection.sendRequest("sleep", { ms: 1 });
    source.cancel();
    await expect(sleeping).rejects.toMatchObject({ code: -32800 });
    expect(await other).toBeNull();
    expect(connection.hasPendingResponse()).toBe(false);
  });

  it("hears the events that it has subscribed to, and notifies", async () => {
    const { port, note, tick } = await openStage();
    const connection = await connectVscode(port);
    const ticked = new Promise((resolve) => connection.onNotification("tick", resolve));
    expect(await connection.sendRequest("$/subscribe", { events: ["tick"] })).toBeNull();
    tick(42);
    expect(await ticked).toEqual({ at: 42 });
    const noted = note();
    await connection.sendNotification("note", { text: unicode });
    expect(await noted).toBe(unicode);
  });

  it("is not disturbed by the protocol's own notifications", async () => {
    const { port } = await openStage();
    const connection = await connectVscode(port);
    const sent: string[] = [];
    await connection.trace(Trace.Messages, { log: (text: unknown) => void sent.push(String(text)) }, true);
    await connection.sendNotification("$/progress", { token: 0, value: 1 });
    expect(await connection.sendRequest("add", 1, 2)).toBe(3);
    expect(sent.join("\n")).toContain("$/progress");
  });

  it("gets a stream as one array", async () => {
    const { port } = await openStage();
    const connection = await connectVscode(port);
    expect(await connection.sendRequest("countdown", { from: 3 })).toEqual([3, 2, 1]);
  });

  it("with much to say, and all at once", async () => {
    const { port } = await openStage();
    const connection = await connectVscode(port);
    const slow = connection.sendRequest("sleep", { ms: 1 });
    const echoed = connection.sendRequest("echo", { value: large });
    const sums = Array.from({ length: 100 }, (_, n) => connection.sendRequest("add", n, n));
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
    expect(await echoed).toEqual({ value: large });
    expect(await slow).toBeNull();
  });
});
