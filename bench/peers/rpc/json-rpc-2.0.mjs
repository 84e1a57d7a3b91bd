// json-rpc-2.0 over ws, as its README has it.
import { once } from "node:events";
import { JSONRPCClient, JSONRPCServer } from "json-rpc-2.0";
import { WebSocket, WebSocketServer } from "ws";
import { report } from "../../servers/report.mjs";
import { runRole } from "../roles.mjs";

function server() {
  const methods = new JSONRPCServer();
  methods.addMethod("add", ({ a, b }) => a + b);
  const listener = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  listener.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    socket.on("message", async (data) => {
      const response = await methods.receive(JSON.parse(data));
      if (response) socket.send(JSON.stringify(response));
    });
  });
  listener.on("listening", () =>
    report(listener.address().port, { uses: ["json-rpc-2.0", "ws", "bufferutil"] }),
  );
}

async function client(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, "open");
  const caller = new JSONRPCClient((request) => {
    socket.send(JSON.stringify(request));
    return Promise.resolve();
  });
  socket.on("message", (data) => caller.receive(JSON.parse(data)));
  return (a, b) => caller.request("add", { a, b });
}

await runRole({ server, client });
