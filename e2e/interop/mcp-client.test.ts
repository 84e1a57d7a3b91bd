import { CallToolResultSchema, ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it } from "vitest";
import { connectMcp } from "./mcp.ts";
import { large, openStage, unicode } from "./stage.ts";

describe("the MCP SDK calling Parley", () => {
  it("shakes hands, from the id 0 on", async () => {
    const { port } = await openStage();
    const client = await connectMcp(port);
    expect(client.getServerVersion()).toEqual({ name: "calculator", version: "1.0.0" });
    expect(client.getServerCapabilities()).toEqual({ tools: {} });
    expect(await client.ping()).toEqual({});
  });

  it("lists and calls tools", async () => {
    const { port } = await openStage();
    const client = await connectMcp(port);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["add"]);
    expect(await client.callTool({ name: "add", arguments: { a: 1, b: 2 } })).toEqual({
      content: [{ type: "text", text: "3" }],
    });
  });

  it("calls methods that MCP does not know", async () => {
    const { port } = await openStage();
    const client = await connectMcp(port);
    expect(await client.request({ method: "echo", params: { value: unicode } }, ResultSchema)).toEqual({
      value: unicode,
    });
  });

  it("is told what is wrong", async () => {
    const { port } = await openStage();
    const client = await connectMcp(port);
    await expect(client.request({ method: "lost" }, ResultSchema)).rejects.toMatchObject({ code: -32601 });
    await expect(
      client.request(
        { method: "tools/call", params: { name: 1, arguments: { a: 1, b: 2 } } },
        CallToolResultSchema,
      ),
    ).rejects.toMatchObject({
      code: -32602,
      data: [{ path: "/name", expected: "string", actual: "number" }],
    });
    await expect(
      client.request({ method: "divide", params: { a: 7, b: 0 } }, ResultSchema),
    ).rejects.toMatchObject({ code: 1, data: { a: 7 } });
  });

  it("gives up in its own way, and goes on", async () => {
    const { port } = await openStage();
    const client = await connectMcp(port);
    const leaving = new AbortController();
    const echoed = client.request({ method: "echo", params: { value: 1 } }, ResultSchema, {
      signal: leaving.signal,
    });
    leaving.abort("no more interest");
    await expect(echoed).rejects.toThrow("no more interest");
    expect(await client.ping()).toEqual({});
  });

  it("notifies", async () => {
    const { port, note } = await openStage();
    const client = await connectMcp(port);
    const noted = note();
    await client.notification({ method: "note", params: { text: unicode } });
    expect(await noted).toBe(unicode);
  });

  it("with much to say, and all at once", async () => {
    const { port } = await openStage();
    const client = await connectMcp(port);
    const echo = (value: unknown) => client.request({ method: "echo", params: { value } }, ResultSchema);
    const echoed = echo(large);
    const all = await Promise.all(Array.from({ length: 100 }, (_, n) => echo(n)));
    expect(all).toEqual(Array.from({ length: 100 }, (_, n) => ({ value: n })));
    expect(await echoed).toEqual({ value: large });
  });
});
