import { byteFrames, encode } from "@parley/core";
import { steppedConnection } from "../stepped.mjs";

const messages = 512;

export default {
  about: "a connection sends what was encoded once",
  messages,
  async prepare() {
    const codec = byteFrames();
    const encoded = encode(codec, Buffer.alloc(64, "a"));
    const { feed, bytes } = await steppedConnection({
      codec,
      handler: {
        message(_message, connection) {
          for (let i = 0; i < messages; i++) connection.sendEncoded(encoded);
        },
      },
    });
    return () => {
      const before = bytes();
      feed(encoded.bytes);
      if (bytes() - before !== messages * encoded.bytes.length) throw new Error("not everything was sent");
    };
  },
};
