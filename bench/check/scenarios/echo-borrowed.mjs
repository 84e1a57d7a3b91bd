import { byteFrames } from "@parley/core";
import { echo } from "@parley/server";
import { echoed } from "../echoed.mjs";
import { framesIn } from "../frames.mjs";

export default echoed(
  "a connection echoes borrowed bytes: decode, dispatch, encode, write",
  () => ({ codec: byteFrames({ borrow: true }), handler: echo() }),
  framesIn,
);
