import { once } from "node:events";
import { connect } from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { onTestFinished } from "vitest";

/** Connects a client of the MCP SDK, by the SDK's transport for lines, and shakes hands; it is closed after the test. */
export async function connectMcp(port: number): Promise<Client> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const client = new Client({ name: "interop", version: "1.0.0" });
  onTestFinished(async () => {
    await client.close();
    socket.destroy();
  });
  await client.connect(new StdioServerTransport(socket, socket));
  return client;
}
