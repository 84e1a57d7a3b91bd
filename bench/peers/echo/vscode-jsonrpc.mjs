// vscode-jsonrpc as its README has it, a message connection on a pair of streams, here a socket's two directions.
import { createServer } from "node:net";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { report } from "../../servers/report.mjs";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  const connection = createMessageConnection(
    new StreamMessageReader(socket),
    new StreamMessageWriter(socket),
  );
  connection.onRequest("echo", (message) => message);
  connection.listen();
});
server.listen({ port: 0, host: "127.0.0.1" }, () =>
  report(server.address().port, { uses: ["vscode-jsonrpc"], wire: "json-rpc-content-length" }),
);
