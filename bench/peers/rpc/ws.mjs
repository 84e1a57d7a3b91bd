// Calls written by hand over ws, a JSON text a message, which is how most services on WebSockets do it.
import { once } from "node:events";
import { runRole } from "../roles.mjs";

async function server() {
  const { WebSocketServer } = await import("ws");
  const { report } = await import("../../servers/report.mjs");
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  wss.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    socket.on("message", (data) => socket.send(JSON.stringify(answer(JSON.parse(data)))));
  });
  wss.on("listening", () => report(wss.address().port, { uses: ["ws", "bufferutil"] }));
}

function answer({ id, method, params }) {
  if (method !== "add") return { id, error: { message: "no such method" } };
  if (typeof params?.a !== "number" || typeof params.b !== "number")
    return { id, error: { message: "a and b must be numbers" } };
  return { id, result: params.a + params.b };
}

async function client(port) {
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, "open");
  const pending = new Map();
  socket.on("message", (data) => {
    const { id, result, error } = JSON.parse(data);
    const call = pending.get(id);
    pending.delete(id);
    if (error !== undefined) call.reject(new Error(error.message));
    else call.resolve(result);
  });
  let lastId = 0;
  return (a, b) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method: "add", params: { a, b } }));
    });
}

await runRole({ server, client });
