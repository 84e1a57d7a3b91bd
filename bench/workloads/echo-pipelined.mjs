import { messageFigures } from "../runner/figures.mjs";
import { measureRequests } from "../runner/measures.mjs";

const beside = (peer, than, atLeast, text) => ({
  text: `pipelined echo, ${text}`,
  peer,
  than,
  figure: "serverMicros",
  atLeast,
});

export default {
  name: "echo-pipelined",
  title: "Pipelined echo",
  about:
    "64 connections with 128 messages of 64 B in flight on each: Parley's handler styles, `node:net` written by hand, and others. Guarded is borrowed with deadlines, limits, request events and loggers.",
  family: "echo",
  base: "batched-net",
  peers: [
    "batched-net",
    "bare-net",
    "net-write-each",
    "net-write-each:apart",
    "parley:borrowed",
    "parley:copied",
    "parley:text",
    "parley:async",
    "parley:iterated",
    "parley:guarded",
    "ws",
    "socket-io",
    "socket-io:msgpack",
    "jayson",
    "jayson:4",
    "vscode-jsonrpc",
    "netty",
    "twisted",
    "asyncio",
    "asyncio:protocol",
    "go",
    "erlang",
    "erlang:fast",
  ],
  variants: [{ name: "64 connections × 128 in flight", connections: 64, inFlight: 128, payloadBytes: 64 }],
  figures: messageFigures,
  targets: [
    beside("parley:borrowed", "batched-net", 1.1, "borrowed bytes beside batched net"),
    beside("parley:copied", "batched-net", 0.75, "copied bytes beside batched net"),
    beside("parley:text", "batched-net", 0.65, "text beside batched net"),
    beside("parley:async", "batched-net", 0.6, "async handler beside batched net"),
    beside("parley:iterated", "batched-net", 0.6, "`for await` per message beside batched net"),
    { ...beside("parley:borrowed", "ws", 25, "borrowed bytes beside ws"), figure: "rate" },
    { ...beside("parley:borrowed", "socket-io", 40, "borrowed bytes beside Socket.IO"), figure: "rate" },
    { ...beside("parley:borrowed", "netty", 2.5, "borrowed bytes beside Netty"), figure: "rate" },
    beside(
      "parley:guarded",
      "parley:borrowed",
      0.85,
      "with deadlines, limits, metrics and logs beside without",
    ),
  ],
  plot: { kind: "bars", figure: "rate" },
  measure: measureRequests,
};
