import { byteFrames } from "@parley/core";
import { decoding, MessageSink } from "../../codecs/sinks.mjs";
import { framesIn } from "../frames.mjs";

/** Decoding alone. */
export default {
  about: "decoding: 4-byte lengths, 64 B, each frame a view",
  messages: framesIn.length,
  async prepare() {
    const { frame, message } = byteFrames({ borrow: true });
    const { run } = decoding(
      "decode",
      [framesIn.chunk],
      () => frame.decoder(),
      () => new MessageSink(message, (bytes) => bytes[0]),
    );
    return () => {
      if (run(1).frames !== framesIn.length) throw new Error("not every frame was decoded");
    };
  },
};
