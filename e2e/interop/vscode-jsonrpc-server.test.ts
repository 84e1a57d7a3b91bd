import { EventEmitter, once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createClient } from "@parley/client";
import { codec, contentLength, json } from "@parley/core";
import { contract } from "@parley/rpc";
import { Type } from "typebox";
import { describe, expect, it, onTestFinished } from "vitest";
import { type CancellationToken, type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import { calculator, type Operands, operands } from "./calculator.ts";
import { large, unicode } from "./stage.ts";
import { speakVscode } from "./vscode-jsonrpc.ts";

/** Has vscode-jsonrpc serve the calculator, and Parley's client call it. */
async function callVscode(prepare: (connection: MessageConnection) => void = () => {}) {
  const server = createServer((socket) => {
    const connection = speakVscode(socket);
    connection.onRequest("add", ({ a, b }: Operands) => a + b);
    connection.onRequest("divide", ({ a, b }: Operands) => {
      return b === 0 ? new ResponseError(1, "Not by zero.", { a }) : a / b;
    });
    connection.onRequest("echo", ({ value }: { value: unknown }) => ({ value }));
    prepare(connection);
    connection.listen();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient(calculator, url, { codec: codec(contentLength(), json()) });
  onTestFinished(async () => {
    await client.close();
    server.close();
    await once(server, "close");
  });
  return client;
}

describe("Parley calling vscode-jsonrpc", () => {
  it("gets results", async () => {
    const client = await callVscode();
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
    expect(await client.call("echo", { value: unicode })).toEqual({ value: unicode });
  });

  it("gets errors", async () => {
    const client = await callVscode();
    await expect(client.call("divide", { a: 7, b: 0 })).rejects.toMatchObject({ rpcCode: 1, data: { a: 7 } });
    await expect(client.call("sleep", { ms: 1 })).rejects.toMatchObject({
      rpcCode: -32601,
      message: "Unhandled method sleep",
    });
  });

  it("cancels what it gives up", async () => {
    const happened = new EventEmitter();
    const begun = once(happened, "begun");
    const cancelled = once(happened, "cancelled");
    const client = await callVscode((connection) => {
      connection.onRequest("sleep", async (_: unknown, token: CancellationToken) => {
        token.onCancellationRequested(() => happened.emit("cancelled"));
        happened.emit("begun");
        await cancelled;
      });
    });
    const leaving = new AbortController();
    const sleeping = client.call("sleep", { ms: 1 }, { signal: leaving.signal });
    sleeping.catch(() => {});
    await begun;
    leaving.abort();
    await expect(sleeping).rejects.toMatchObject({ code: "aborted" });
    await cancelled;
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
  });

  it("notifies, and hears events", async () => {
    const happened = new EventEmitter();
    const noted = once(happened, "note");
    const ticked = once(happened, "tick");
    const client = await callVscode((connection) => {
      connection.onNotification("note", (params) => void happened.emit("note", params));
      connection.onRequest("$/subscribe", ({ events }: { events: readonly string[] }) => {
        for (const event of events) void connection.sendNotification(event, { at: 42 });
        return null;
      });
    });
    client.on("tick", (params) => happened.emit("tick", params));
    expect(await ticked).toEqual([{ at: 42 }]);
    client.notify("note", { text: unicode });
    expect(await noted).toEqual([{ text: unicode }]);
  });

  it("is called back", async () => {
    let answer: Promise<unknown> | undefined;
    const client = await callVscode((connection) => {
      connection.onRequest("sleep", async () => {
        answer = connection.sendRequest("add", { a: 3, b: 4 });
        await answer;
        return null;
      });
    });
    const desk = contract("desk", { methods: { add: { params: operands, result: Type.Number() } } });
    client.implement(desk, { add: ({ a, b }) => a + b });
    expect(await client.call("sleep", { ms: 1 })).toBeUndefined();
    expect(await answer).toBe(7);
  });

  it("with much to say, and all at once", async () => {
    const client = await callVscode();
    const echoed = client.call("echo", { value: large });
    const sums = Array.from({ length: 100 }, (_, n) => client.call("add", { a: n, b: n }));
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
    expect(await echoed).toEqual({ value: large });
  });
});
