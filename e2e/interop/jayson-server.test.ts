import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createClient } from "@parley/client";
import { codec, json, jsonStream } from "@parley/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { calculator, type Operands } from "./calculator.ts";
import { type Jayson, jayson4, jayson5 } from "./jayson.ts";
import { large, unicode } from "./stage.ts";

const versions = [
  ["4.3", jayson4],
  ["5.0", jayson5],
] as const;

type Done = (error: unknown, result?: unknown) => void;

/** Has jayson serve the calculator, and Parley's client call it. */
async function callJayson(jayson: Jayson) {
  const server = new jayson.Server({
    add: ({ a, b }: Operands, done: Done) => done(null, a + b),
    divide: ({ a, b }: Operands, done: Done) =>
      b === 0 ? done({ code: 1, message: "Not by zero.", data: { a } }) : done(null, a / b),
    echo: ({ value }: { value: unknown }, done: Done) => done(null, { value }),
    // Long sleeps are never answered.
    sleep: ({ ms }: { ms: number }, done: Done) => void (ms < 1000 && setTimeout(done, ms, null)),
  }).tcp();
  const connections: Socket[] = [];
  server.on("connection", (socket) => connections.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient(calculator, url, { codec: codec(jsonStream(), json()) });
  onTestFinished(async () => {
    await client.close();
    server.close();
    await once(server, "close");
  });
  return { client, connections };
}

describe.each(versions)("Parley calling jayson %s", (_, jayson) => {
  it("gets results", async () => {
    const { client, connections } = await callJayson(jayson);
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
    expect(await client.call("sleep", { ms: 1 })).toBeUndefined();
    expect(await client.call("echo", { value: unicode })).toEqual({ value: unicode });
    expect(connections).toHaveLength(1);
  });

  it("gets errors", async () => {
    const { client } = await callJayson(jayson);
    await expect(client.call("divide", { a: 7, b: 0 })).rejects.toMatchObject({
      code: "call-failed",
      rpcCode: 1,
      data: { a: 7 },
      blame: "remote",
    });
    await expect(client.discover()).rejects.toMatchObject({ rpcCode: -32601 });
  });

  it("with much to say, and all at once", async () => {
    const { client } = await callJayson(jayson);
    const slow = client.call("sleep", { ms: 1 });
    const echoed = client.call("echo", { value: large });
    const sums = Array.from({ length: 100 }, (_, n) => client.call("add", { a: n, b: n }));
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
    expect(await echoed).toEqual({ value: large });
    expect(await slow).toBeUndefined();
  });

  it("gives up in time, and goes on", async () => {
    const { client, connections } = await callJayson(jayson);
    await expect(client.call("sleep", { ms: 10_000 }, { timeoutMs: 20 })).rejects.toMatchObject({
      code: "timeout",
    });
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
    expect(connections).toHaveLength(1);
  });

  it("comes back after it was left", async () => {
    const { client, connections } = await callJayson(jayson);
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
    const pending = client.call("sleep", { ms: 10_000 });
    pending.catch(() => {});
    connections[0]?.destroy();
    await expect(pending).rejects.toMatchObject({ code: "connection-lost", sent: true });
    expect(await client.call("add", { a: 3, b: 4 })).toBe(7);
    expect(connections).toHaveLength(2);
  });
});
