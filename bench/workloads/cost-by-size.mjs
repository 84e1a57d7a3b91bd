import { measureRequests } from "../runner/measures.mjs";

const mostInFlightBytes = 64 * 1024;

export default {
  name: "cost-by-size",
  title: "Cost by the size of messages",
  about:
    "Pipelined echo on 64 connections, messages of 16 B to 64 KiB, 128 in flight on each connection but no more than 64 KiB: what a message costs the server.",
  family: "echo",
  base: "batched-net",
  peers: ["batched-net", "parley:borrowed", "parley:copied", "ws"],
  variants: [16, 64, 256, 1024, 4096, 16_384, 65_536].map((payloadBytes) => ({
    name: payloadBytes.toLocaleString("en"),
    connections: 64,
    inFlight: Math.min(128, Math.max(1, mostInFlightBytes / payloadBytes)),
    payloadBytes,
  })),
  axis: { title: "bytes", key: "payloadBytes", figure: "serverMicros" },
  figures: ["rate", "serverMicros"],
  plot: { kind: "lines" },
  measure: measureRequests,
};
