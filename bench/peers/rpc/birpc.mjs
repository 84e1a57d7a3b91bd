// birpc over ws with JSON, as its README has it; in the variant "net" over a bare socket instead, a line a message.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { createBirpc } from "birpc";
import { WebSocket, WebSocketServer } from "ws";
import { report } from "../../servers/report.mjs";
import { runRole } from "../roles.mjs";

const functions = { add: (a, b) => a + b };
const json = { serialize: (value) => JSON.stringify(value), deserialize: (text) => JSON.parse(text) };

const overWebSocket = (socket) => ({
  post: (data) => socket.send(data),
  on: (listener) => socket.on("message", listener),
  ...json,
});

const overLines = (socket) => ({
  post: (data) => socket.write(`${data}\n`),
  on: (listener) => createInterface({ input: socket }).on("line", listener),
  ...json,
});

function server(variant) {
  const uses = variant === "net" ? ["birpc"] : ["birpc", "ws", "bufferutil"];
  if (variant === "net") {
    const listener = createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => socket.destroy());
      createBirpc(functions, overLines(socket));
    });
    listener.listen({ port: 0, host: "127.0.0.1" }, () => report(listener.address().port, { uses }));
  } else {
    const listener = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    listener.on("connection", (socket) => {
      socket.on("error", () => socket.terminate());
      createBirpc(functions, overWebSocket(socket));
    });
    listener.on("listening", () => report(listener.address().port, { uses }));
  }
}

async function client(port, variant) {
  if (variant === "net") {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return createBirpc({}, overLines(socket)).add;
  }
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, "open");
  return createBirpc({}, overWebSocket(socket)).add;
}

await runRole({ server, client });
