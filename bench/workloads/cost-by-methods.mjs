import { measureRequests } from "../runner/measures.mjs";

export default {
  name: "cost-by-methods",
  title: "Cost by the number of methods",
  about:
    "Calls of one method of a contract that has 1 to 200, the server alone, 256 in flight: what a call costs the server.",
  family: "rpc",
  peers: ["parley:json", "parley:msgpack"],
  variants: [1, 10, 50, 200].map((methods) => ({
    name: String(methods),
    methods,
    connections: 1,
    inFlight: 256,
    serverArgs: [methods - 1],
  })),
  axis: { title: "methods", key: "methods", figure: "serverMicros" },
  figures: ["rate", "serverMicros"],
  plot: { kind: "lines", linear: true },
  measure: measureRequests,
};
