import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { createMessageConnection, type MessageConnection } from "vscode-jsonrpc/node";

/** A connection of vscode-jsonrpc's over a socket, with which it is disposed of; it does not listen yet. */
export function speakVscode(socket: Socket): MessageConnection {
  const connection = createMessageConnection(socket, socket);
  socket.once("close", () => connection.dispose());
  return connection;
}

/** Connects to a server and speaks vscode-jsonrpc with it, until the test is over. */
export async function connectVscode(port: number): Promise<MessageConnection> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const connection = speakVscode(socket);
  connection.listen();
  return connection;
}
