// Hand-written net code as a careful author writes it: decodes a chunk, answers all of its frames in one write.
import { createServer } from "node:net";
import { report } from "../../servers/report.mjs";

const maxFrameBytes = 1 << 20;

const server = createServer({ noDelay: true }, (socket) => {
  let rest = null;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    rest = null;
    const replies = [];
    let length = 0;
    let at = 0;
    while (bytes.length - at >= 4) {
      const size = bytes.readUInt32BE(at);
      if (size > maxFrameBytes) return socket.destroy();
      if (bytes.length - at - 4 < size) break;
      const message = bytes.subarray(at + 4, at + 4 + size);
      replies.push(message);
      length += 4 + size;
      at += 4 + size;
    }
    if (at < bytes.length) rest = bytes.subarray(at);
    if (replies.length === 0) return;
    const out = Buffer.allocUnsafe(length);
    let to = 0;
    for (const reply of replies) {
      out.writeUInt32BE(reply.length, to);
      out.set(reply, to + 4);
      to += 4 + reply.length;
    }
    socket.write(out);
  });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 511 }, () => report(server.address().port));
