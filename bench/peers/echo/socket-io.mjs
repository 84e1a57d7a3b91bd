// Each event is emitted back to its sender.
import { serveSocketIo } from "../socket-io-server.mjs";

await serveSocketIo(process.argv[3], (_io, socket) => {
  socket.on("message", (message) => socket.emit("message", message));
});
