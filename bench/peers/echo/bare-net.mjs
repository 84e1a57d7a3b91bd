// The least that net can do: whatever comes goes back, without a look at where messages begin and end.
import { createServer } from "node:net";
import { report } from "../../servers/report.mjs";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => socket.write(chunk));
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 511 }, () => report(server.address().port));
