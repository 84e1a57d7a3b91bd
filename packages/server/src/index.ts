export {
  type Candidate,
  type Detection,
  type DetectOptions,
  detect,
  type Protocol,
} from "./detect/detect.ts";
export {
  type Match,
  type MatchResult,
  matchContentLength,
  matchJson,
  matchJsonFrames,
  matchMsgpackFrames,
  matchText,
} from "./detect/match.ts";
export type { DrainReport } from "./drain.ts";
export { echo } from "./echo.ts";
export { type FileLog, fileLog } from "./file-log.ts";
export type { ServerCounters } from "./reception.ts";
export { createServer, type Server } from "./server.ts";
export type { ServerEmitter, ServerEvents } from "./server-events.ts";
export type { ServerOptions } from "./server-options.ts";
