// tRPC as its "WebSockets" page has it: the standalone WebSocket handler over ws, input validated by zod.
import { initTRPC } from "@trpc/server";
import { runRole } from "../roles.mjs";

async function server() {
  const { applyWSSHandler } = await import("@trpc/server/adapters/ws");
  const { WebSocketServer } = await import("ws");
  const { z } = await import("zod");
  const { report } = await import("../../servers/report.mjs");
  const t = initTRPC.create();
  const router = t.router({
    add: t.procedure
      .input(z.object({ a: z.number(), b: z.number() }))
      .output(z.number())
      .query(({ input }) => input.a + input.b),
  });
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  applyWSSHandler({ wss, router, createContext: () => ({}) });
  const uses = ["@trpc/server", "@trpc/client", "zod", "ws", "bufferutil"];
  wss.on("listening", () => report(wss.address().port, { uses }));
}

async function client(port) {
  const { createTRPCClient, createWSClient, wsLink } = await import("@trpc/client");
  const { WebSocket } = await import("ws");
  const socket = createWSClient({ url: `ws://127.0.0.1:${port}`, WebSocket });
  const caller = createTRPCClient({ links: [wsLink({ client: socket })] });
  return (a, b) => caller.add.query({ a, b });
}

await runRole({ server, client });
