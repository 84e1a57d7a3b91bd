import {
  type Clock,
  codec,
  contentLength,
  type Handler,
  json,
  jsonFrames,
  jsonStream,
  msgpackFrames,
} from "@parley/core";
import { tolerant } from "@parley/rpc";
import { type Candidate, type Detection, detect } from "../detect/detect.ts";
import { matchContentLength, matchJson, matchJsonFrames, matchMsgpackFrames } from "../detect/match.ts";
import { serveDefaults } from "./serve-options.ts";

/** In what JSON-RPC is spoken, where nobody has said in what. */
const candidates: readonly Candidate<unknown>[] = Object.freeze([
  { match: matchJson, codec: tolerant(codec(jsonStream(), json())) },
  { match: matchContentLength, codec: tolerant(codec(contentLength(), json())) },
  { match: matchJsonFrames, codec: tolerant(jsonFrames()) },
  // Whether a number may be that big is for the contract to say, call by call.
  { match: matchMsgpackFrames, codec: tolerant(msgpackFrames({ integers: "bigint" })) },
]);

/** How callers are told apart. */
export interface DetectRpcOptions {
  /** How long one may take to show what it speaks. Default 60,000 ms. */
  readonly deadlineMs?: number | undefined;
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * What `createServer` does by itself for a handler that `serve` returns, for one that stands behind middleware:
 *
 *     const calls = serve(calculator, { add: ({ a, b }) => a + b });
 *     createServer({ ...detectRpc(pipe(calls, allowFrom(["10.0.0.0/8"]))) });
 *
 * With a codec of one's own choice in place of it that is `codec: tolerant(jsonLines())`.
 *
 * JSON however it is laid out, Content-Length headers, and JSON or MessagePack behind a 4-byte length, told apart by `detect`.
 * @throws ParleyError `bad-option`.
 */
export function detectRpc(handler: Handler<unknown>, options: DetectRpcOptions = {}): Detection {
  const { deadlineMs = serveDefaults.detectDeadlineMs, clock } = options;
  return detect({ candidates, handler, deadlineMs, ...(clock === undefined ? {} : { clock }) });
}
