export type { MatchResult } from "@parley/core";
export { type ClusterEmitter, type ClusterEvents } from "./cluster/cluster-events.ts";
export {
  type ClusterOptions,
  clusterDefaults,
  clusterRestartDefaults,
  type Scheduling,
} from "./cluster/cluster-options.ts";
export type { ClusterReport } from "./cluster/cluster-report.ts";
export type { ClusterSupervisor } from "./cluster/cluster-supervisor.ts";
export type { ClusterServer, ClusterWorker } from "./cluster/cluster-worker.ts";
export { serveCluster } from "./cluster/serve-cluster.ts";
export type { WorkerInfo, WorkerState } from "./cluster/worker-info.ts";
export {
  type Candidate,
  type Detection,
  type DetectOptions,
  detect,
  type Protocol,
} from "./detect/detect.ts";
export {
  type Match,
  matchContentLength,
  matchJson,
  matchJsonFrames,
  matchMsgpackFrames,
  matchText,
} from "./detect/match.ts";
export type { DrainReport } from "./drain.ts";
export { type FileLog, fileLog } from "./file-log.ts";
export type { HandOverOptions } from "./hand-over.ts";
export { type BroadcastOptions, broadcast } from "./handlers/broadcast.ts";
export { chargen } from "./handlers/chargen.ts";
export { discard } from "./handlers/discard.ts";
export { echo } from "./handlers/echo.ts";
export { type ProxyOptions, proxy } from "./handlers/proxy.ts";
export { daytime, type TimeOptions, time } from "./handlers/time.ts";
export type { ListenerSpan } from "./listener-span.ts";
export type { ListenersState } from "./listeners.ts";
export { allowFrom, denyFrom } from "./middleware/address-filter.ts";
export { authenticate } from "./middleware/authenticate.ts";
export { authenticateCertificate } from "./middleware/authenticate-certificate.ts";
export type {
  AuthenticateCertificateOptions,
  VerifyCertificate,
} from "./middleware/authenticate-certificate-options.ts";
export type { AuthenticateOptions } from "./middleware/authenticate-options.ts";
export { type LogMessagesOptions, logMessages } from "./middleware/log-messages.ts";
export type { CommonMiddleware, Middleware } from "./middleware/middleware.ts";
export { pipe } from "./middleware/pipe.ts";
export { rateLimit } from "./middleware/rate-limit.ts";
export type { RateLimitOptions } from "./middleware/rate-limit-options.ts";
export { type RequestTimeoutOptions, requestTimeout } from "./middleware/request-timeout.ts";
export { wrap } from "./middleware/wrap.ts";
export type { ServerCounters } from "./reception.ts";
export type { RefusalCounts, RefusalKind } from "./refusals.ts";
export type { RpcHandler } from "./rpc/rpc-handler.ts";
export { type DetectRpcOptions, detectRpc } from "./rpc/rpc-protocols.ts";
export type { RpcServerOptions } from "./rpc/rpc-server-options.ts";
export { serve } from "./rpc/serve.ts";
export { type ServeOptions, serveDefaults } from "./rpc/serve-options.ts";
export { createServer, type HandOver, type RpcServer, type Server } from "./server.ts";
export type { ServerEmitter, ServerEvents } from "./server-events.ts";
export type { ServerInfo } from "./server-info.ts";
export { type ServerOptions, type StreamShaper, serverDefaults } from "./server-options.ts";
export type { GivenRates, ShapingRates, TrafficShaperOptions } from "./shaping/shaping-options.ts";
export { type TrafficShaper, trafficShaper } from "./shaping/traffic-shaper.ts";
