// Hand-written fan-out: a frame is encoded once and written to every connection.
import { createServer } from "node:net";
import { report } from "../../servers/report.mjs";

const members = new Set();

const server = createServer({ noDelay: true }, (socket) => {
  let rest = null;
  members.add(socket);
  socket.on("close", () => members.delete(socket));
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    rest = null;
    let at = 0;
    while (bytes.length - at >= 4) {
      const size = bytes.readUInt32BE(at);
      if (bytes.length - at - 4 < size) break;
      const frame = Buffer.allocUnsafe(4 + size);
      frame.writeUInt32BE(size, 0);
      bytes.copy(frame, 4, at + 4, at + 4 + size);
      for (const member of members) member.write(frame);
      at += 4 + size;
    }
    if (at < bytes.length) rest = bytes.subarray(at);
  });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => report(server.address().port));
