import { measureRequests } from "../runner/measures.mjs";

export default {
  name: "cost-by-connections",
  title: "Cost by the number of connections",
  about: "Ping-pong echo of 64 B on 1 to 10,000 connections at once: what a message costs the server.",
  family: "echo",
  base: "batched-net",
  peers: ["batched-net", "parley:borrowed", "ws"],
  variants: [1, 10, 100, 1000, 10_000].map((connections) => ({
    name: connections.toLocaleString("en"),
    connections,
    inFlight: 1,
    payloadBytes: 64,
  })),
  axis: { title: "connections", key: "connections", figure: "serverMicros" },
  figures: ["rate", "serverMicros"],
  plot: { kind: "lines", linear: true },
  measure: measureRequests,
};
