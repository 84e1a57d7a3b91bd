// ws as its README's "Server broadcast", the sender included; bufferutil, which the README recommends for speed, is installed.
import { WebSocket, WebSocketServer } from "ws";
import { report } from "../../servers/report.mjs";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (message, isBinary) => {
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(message, { binary: isBinary });
    }
  });
});
server.on("listening", () => report(server.address().port, { uses: ["ws", "bufferutil"], wire: "ws" }));
