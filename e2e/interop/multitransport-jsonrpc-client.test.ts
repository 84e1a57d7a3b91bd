import { describe, expect, it } from "vitest";
import { callMultitransport as call, connectMultitransport } from "./multitransport-jsonrpc.ts";
import { large, openStage, unicode } from "./stage.ts";

describe("multitransport-jsonrpc calling Parley", () => {
  it("by name and by position, with fractions for ids and no version", async () => {
    const { port } = await openStage();
    const client = await connectMultitransport(port);
    expect(await call(client, "add", [1, 2])).toBe(3);
    expect(await call(client, "add", { a: 1, b: 2 })).toBe(3);
    expect(await call(client, "echo", [unicode])).toEqual({ value: unicode });
  });

  it("is told what is wrong", async () => {
    const { port } = await openStage();
    const client = await connectMultitransport(port);
    await expect(call(client, "rpc.methodList", [])).rejects.toMatchObject({ code: -32601 });
    await expect(call(client, "add", ["one", 2])).rejects.toMatchObject({
      code: -32602,
      data: [{ path: "/a", expected: "number", actual: "string" }],
    });
    await expect(call(client, "divide", [7, 0])).rejects.toMatchObject({ code: 1, data: { a: 7 } });
  });

  it("with ids of its user's own", async () => {
    const { port } = await openStage();
    const ids = ["list", -1, 1e21, unicode];
    const client = await connectMultitransport(port, () => ids.shift());
    for (let rest = ids.length; rest > 0; rest--) expect(await call(client, "add", [rest, 1])).toBe(rest + 1);
  });

  it("gets a stream as one array", async () => {
    const { port } = await openStage();
    expect(await call(await connectMultitransport(port), "countdown", [3])).toEqual([3, 2, 1]);
  });

  it("with much to say, and all at once", async () => {
    const { port } = await openStage();
    const client = await connectMultitransport(port);
    const slow = call(client, "sleep", [1]);
    const echoed = call(client, "echo", [large]);
    const sums = Array.from({ length: 100 }, (_, n) => call(client, "add", [n, n]));
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
    expect(await echoed).toEqual({ value: large });
    expect(await slow).toBeNull();
  });
});
