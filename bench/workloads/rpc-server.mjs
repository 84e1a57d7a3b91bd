import { messageFigures } from "../runner/figures.mjs";
import { measureRequests } from "../runner/measures.mjs";

export default {
  name: "rpc-server",
  title: "Calls, the server alone",
  about:
    "The same calls, encoded beforehand and sent by the C load, the replies compared with recorded ones: what the server alone can do, 256 calls in flight on one connection.",
  family: "rpc",
  base: "net-json",
  peers: ["net-json", "parley:json", "parley:msgpack", "jayson", "vscode-jsonrpc"],
  variants: [{ name: "256 in flight", connections: 1, inFlight: 256 }],
  figures: messageFigures,
  plot: { kind: "bars", figure: "serverMicros" },
  measure: measureRequests,
};
