import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createClient } from "@parley/client";
import { codec, json, jsonStream } from "@parley/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { calculator, type Operands } from "./calculator.ts";
import { jsonRpc2 } from "./json-rpc2.ts";
import { large, unicode } from "./stage.ts";

type Done = (error: unknown, result?: unknown) => void;
/** Has json-rpc2 serve the calculator, and Parley's client call it. */
async function callJsonRpc2() {
  const endpoint = jsonRpc2.Server.$create();
  endpoint.expose("add", ({ a, b }: Operands, _, done: Done) => done(null, a + b));
  endpoint.expose("divide", ({ a, b }: Operands, _, done: Done) =>
    b === 0 ? done(new Error("Not by zero.")) : done(null, a / b),
  );
  endpoint.expose("echo", ({ value }: { value: unknown }, _, done: Done) => done(null, { value }));
  // Long sleeps are never answered.
  endpoint.expose("sleep", ({ ms }: { ms: number }, _, done: Done) => {
    if (ms < 1000) setTimeout(done, ms, null);
  });
  const noted = new Promise((resolve) => endpoint.expose("note", resolve));
  const server = endpoint.listenRaw(0, "127.0.0.1");
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  await once(server, "listening");
  const url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient(calculator, url, { codec: codec(jsonStream(), json()) });
  onTestFinished(async () => {
    await client.close();
    server.close();
    await once(server, "close");
  });
  return { client, noted, sockets };
}

describe("Parley calling json-rpc2", () => {
  it("gets results, with an error of null beside them", async () => {
    const { client } = await callJsonRpc2();
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
    expect(await client.call("echo", { value: unicode })).toEqual({ value: unicode });
    expect(await client.call("echo", { value: null })).toEqual({ value: null });
  });

  it("takes an answer without a result for null", async () => {
    const { client } = await callJsonRpc2();
    expect(await client.call("sleep", { ms: 1 })).toBeUndefined();
  });

  it("gets errors that are text", async () => {
    const { client } = await callJsonRpc2();
    await expect(client.call("divide", { a: 7, b: 0 })).rejects.toMatchObject({
      code: "call-failed",
      rpcCode: -32603,
      message: "Error: Not by zero.",
      blame: "remote",
    });
    await expect(client.discover()).rejects.toMatchObject({ message: 'Unknown RPC call "rpc.discover"' });
  });

  it("notifies", async () => {
    const { client, noted } = await callJsonRpc2();
    client.notify("note", { text: unicode });
    expect(await noted).toEqual({ text: unicode });
  });

  it("with much to say, and all at once", async () => {
    const { client } = await callJsonRpc2();
    const slow = client.call("sleep", { ms: 1 });
    const echoed = client.call("echo", { value: large });
    const sums = Array.from({ length: 100 }, (_, n) => client.call("add", { a: n, b: n }));
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
    expect(await echoed).toEqual({ value: large });
    expect(await slow).toBeUndefined();
  });

  it("comes back after it was left", async () => {
    const { client, sockets } = await callJsonRpc2();
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
    const pending = client.call("sleep", { ms: 10_000 });
    pending.catch(() => {});
    sockets[0]?.destroy();
    await expect(pending).rejects.toMatchObject({ code: "connection-lost", sent: true });
    expect(await client.call("add", { a: 3, b: 4 })).toBe(7);
  });
});
