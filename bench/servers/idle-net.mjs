// The least that net can do for a connection: accept it, and take what it sends.
import { createServer } from "node:net";
import { report } from "./report.mjs";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", () => {});
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 511 }, () => report(server.address().port));
