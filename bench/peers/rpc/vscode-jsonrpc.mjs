// vscode-jsonrpc as its README has it, a message connection on a pair of streams, here a socket's two directions.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { report } from "../../servers/report.mjs";
import { runRole } from "../roles.mjs";

const connectionOn = (socket) =>
  createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));

function server() {
  const listener = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    const connection = connectionOn(socket);
    connection.onRequest("add", ({ a, b }) => a + b);
    connection.listen();
  });
  listener.listen({ port: 0, host: "127.0.0.1" }, () =>
    report(listener.address().port, { uses: ["vscode-jsonrpc"], wire: "json-rpc-content-length" }),
  );
}

async function client(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const connection = connectionOn(socket);
  connection.listen();
  return (a, b) => connection.sendRequest("add", { a, b });
}

await runRole({ server, client });
