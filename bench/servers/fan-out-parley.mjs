import { byteFrames, encode } from "@parley/core";
import { createServer } from "@parley/server";
import { report } from "./report.mjs";

const members = new Set();
const frames = byteFrames({ borrow: true });

const server = createServer({
  codec: frames,
  handler: {
    open(connection) {
      members.add(connection);
    },
    message(message) {
      const encoded = encode(frames, message);
      for (const member of members) member.sendEncoded(encoded);
    },
    closed(connection) {
      members.delete(connection);
    },
  },
});
const [address] = await server.listen("tcp://127.0.0.1:0");
report(Number(new URL(address).port));
