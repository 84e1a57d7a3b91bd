// Hand-written net code as most write it: a message is answered as soon as it is decoded, with one write each, or in the variant
// "apart" with one for the length and one for the payload.
import { createServer } from "node:net";
import { report } from "../../servers/report.mjs";

const maxFrameBytes = 1 << 20;
const apart = process.argv[3] === "apart";

const server = createServer({ noDelay: true }, (socket) => {
  let rest = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const size = rest.readUInt32BE(0);
      if (size > maxFrameBytes) return socket.destroy();
      if (rest.length < 4 + size) return;
      answer(socket, rest.subarray(4, 4 + size));
      rest = rest.subarray(4 + size);
    }
  });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 511 }, () => report(server.address().port));

function answer(socket, message) {
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32BE(message.length);
  if (!apart) return socket.write(Buffer.concat([head, message]));
  socket.write(head);
  socket.write(message);
}
