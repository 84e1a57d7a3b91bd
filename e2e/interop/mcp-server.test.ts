import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { createClient } from "@parley/client";
import { describe, expect, it, onTestFinished } from "vitest";
import { tools } from "./mcp-tools.ts";
import { large, unicode } from "./stage.ts";

const clientInfo = { name: "parley", version: "1.0.0" };
const handshake = { protocolVersion: "2025-06-18", clientInfo, capabilities: {} };

/** Has the MCP SDK serve a tool that repeats its name, and Parley's client call it. */
async function callMcp() {
  const listening = createServer((socket) => {
    const server = new Server({ name: "sdk", version: "1.0.0" }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: [{ name: "add", inputSchema: { type: "object" as const } }],
    }));
    server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
      content: [{ type: "text" as const, text: params.name }],
    }));
    void server.connect(new StdioServerTransport(socket, socket));
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const url = `tcp://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  // The SDK drops requests with members that it does not know, such as the `meta` that a deadline is sent in.
  const client = createClient(tools, url, { timeoutMs: Number.POSITIVE_INFINITY });
  onTestFinished(async () => {
    await client.close();
    listening.close();
    await once(listening, "close");
  });
  return client;
}

describe("Parley calling the MCP SDK", () => {
  it("shakes hands, and calls a tool", async () => {
    const client = await callMcp();
    expect(await client.call("initialize", handshake)).toMatchObject({
      protocolVersion: "2025-06-18",
      serverInfo: { name: "sdk" },
    });
    client.notify("notifications/initialized");
    expect(await client.call("ping")).toEqual({});
    expect(await client.call("tools/list")).toEqual({
      tools: [{ name: "add", inputSchema: { type: "object" } }],
    });
  });

  it("is told what is wrong", async () => {
    const client = await callMcp();
    await expect(client.discover({ timeoutMs: Number.POSITIVE_INFINITY })).rejects.toMatchObject({
      rpcCode: -32601,
    });
  });

  it.each([
    ["Unicode", unicode],
    ["much", large],
  ])("with %s to say", async (_, text) => {
    const client = await callMcp();
    const asked = { name: text, arguments: { a: 1, b: 2 } };
    expect(await client.call("tools/call", asked)).toEqual({ content: [{ type: "text", text }] });
  });
});
