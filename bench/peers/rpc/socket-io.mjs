// Acknowledgements as the documentation's "Emitting events" page has them.
import { runRole } from "../roles.mjs";

async function server(variant) {
  const { serveSocketIo } = await import("../socket-io-server.mjs");
  await serveSocketIo(variant, (_io, socket) => {
    socket.on("add", ({ a, b }, callback) => callback(a + b));
  });
}

async function client(port, variant) {
  const { io } = await import("socket.io-client");
  const parser = variant === "msgpack" ? (await import("socket.io-msgpack-parser")).default : undefined;
  const socket = io(`ws://127.0.0.1:${port}`, { transports: ["websocket"], ...(parser && { parser }) });
  await new Promise((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on("connect_error", reject);
  });
  return (a, b) => socket.emitWithAck("add", { a, b });
}

await runRole({ server, client });
