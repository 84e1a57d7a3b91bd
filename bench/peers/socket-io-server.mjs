import { createServer } from "node:http";
import { Server } from "socket.io";
import { report } from "../servers/report.mjs";

/**
 * Socket.IO as its "Performance tuning" page advises: no HTTP long-polling, bufferutil installed, the first HTTP request not
 * kept for the connection's life; in the variant "msgpack" also a parser that puts binary messages into one packet.
 * `connection(io, socket)` serves a connection.
 */
export async function serveSocketIo(variant, connection) {
  const uses = ["socket.io", "bufferutil"];
  let parser;
  if (variant === "msgpack") {
    ({ default: parser } = await import("socket.io-msgpack-parser"));
    uses.push("socket.io-msgpack-parser");
  }
  const http = createServer();
  const io = new Server(http, {
    transports: ["websocket"],
    serveClient: false,
    maxHttpBufferSize: 1 << 24,
    ...(parser && { parser }),
  });
  io.engine.on("connection", (rawSocket) => {
    rawSocket.request = null;
  });
  io.on("connection", (socket) => connection(io, socket));
  const wire = variant === "msgpack" ? "socket-io-msgpack" : "socket-io";
  http.listen({ port: 0, host: "127.0.0.1" }, () => report(http.address().port, { uses, wire }));
}
