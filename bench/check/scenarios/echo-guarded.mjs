import { byteFrames } from "@parley/core";
import { echo, pipe, rateLimit, requestTimeout } from "@parley/server";
import { echoed } from "../echoed.mjs";
import { framesIn } from "../frames.mjs";

export default echoed(
  "a connection echoes behind a rate limit and a deadline for requests",
  () => ({
    codec: byteFrames({ borrow: true }),
    handler: pipe(echo(), rateLimit({ messagesPerSecond: Number.MAX_SAFE_INTEGER }), requestTimeout(5_000)),
  }),
  framesIn,
);
