import { byteFrames, codec, lengthPrefix, text } from "@parley/core";
import { createServer, echo } from "@parley/server";
import { report } from "./report.mjs";

const echoEach = async (connection) => {
  for await (const message of connection) connection.send(message);
};
const asyncEcho = {
  async message(message, connection) {
    connection.send(message);
  },
};
const variants = {
  borrowed: { codec: byteFrames({ borrow: true }), handler: echo() },
  copied: { codec: byteFrames(), handler: echo() },
  text: { codec: codec(lengthPrefix(), text()), handler: echo() },
  async: { codec: byteFrames({ borrow: true }), handler: asyncEcho },
  iterated: { codec: byteFrames({ borrow: true }), handler: echoEach },
};

const server = createServer(variants[process.argv[2]]);
const [address] = await server.listen("tcp://127.0.0.1:0");
report(Number(new URL(address).port));
