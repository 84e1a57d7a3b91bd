import { messageFigures } from "../runner/figures.mjs";
import { measureCalls } from "../runner/measures.mjs";

const inFlight = (calls) => ({ name: `${calls} in flight`, inFlight: calls });
const beside = (than, atLeast) => ({
  text: `calls in JSON, 256 in flight, beside ${than}`,
  peer: "parley:json",
  than,
  figure: "rate",
  variant: "256 in flight",
  atLeast,
});

export default {
  name: "rpc",
  title: "Calls",
  about:
    "`add({a, b})` on one connection, by each peer's own client, 1 and 256 in flight; Parley validates parameters and results at both ends. Server and client have a core each: the slower one sets the rate.",
  family: "rpc",
  base: "net-json",
  peers: [
    "net-json",
    "net-binary",
    "parley:json",
    "parley:msgpack",
    "rsocket",
    "rsocket-alpha",
    "birpc",
    "birpc:net",
    "ws",
    "json-rpc-2.0",
    "socket-io",
    "socket-io:msgpack",
    "grpc:bidi",
    "grpc",
    "vscode-jsonrpc",
    "nats",
    "trpc",
    "jayson",
    "jayson:websocket",
    "jayson:4",
    "nestjs",
    "moleculer",
  ],
  variants: [inFlight(1), inFlight(256)],
  figures: messageFigures,
  targets: [
    beside("net-json", 0.85),
    beside("ws", 2.3),
    beside("birpc", 2),
    beside("rsocket", 2),
    beside("vscode-jsonrpc", 7),
    beside("grpc:bidi", 4),
    beside("trpc", 10),
    {
      text: "calls in msgpack beside JSON, 256 in flight",
      peer: "parley:msgpack",
      than: "parley:json",
      figure: "rate",
      variant: "256 in flight",
      atLeast: 1.5,
      whyNot:
        "JSON has the same short way by now: a call's members are read and written one by one, without a parser. What is left of a call (the engine, its promise, two validations) costs the same in both; beside it the server alone takes 1.3 times the calls (`bench rpc-server`)",
    },
    {
      text: "calls in JSON, 1 in flight, beside net-json",
      peer: "parley:json",
      than: "net-json",
      figure: "rate",
      variant: "1 in flight",
      atLeast: 0.95,
    },
  ],
  plot: { kind: "bars", figure: "rate" },
  measure: measureCalls,
};
