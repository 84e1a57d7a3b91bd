// A room, as the documentation's "Rooms" page has it; `io.to` includes the sender.
import { serveSocketIo } from "../socket-io-server.mjs";

await serveSocketIo(process.argv[3], (io, socket) => {
  socket.join("room");
  socket.on("message", (message) => io.to("room").emit("message", message));
});
