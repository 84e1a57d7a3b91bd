import { messageFigures } from "../runner/figures.mjs";
import { measureRequests } from "../runner/measures.mjs";

export default {
  name: "echo-ping-pong",
  title: "Ping-pong echo",
  about: "64 B, the next message when the last is answered, on 1 and on 64 connections.",
  family: "echo",
  base: "bare-net",
  peers: [
    "bare-net",
    "batched-net",
    "parley:borrowed",
    "parley:copied",
    "ws",
    "socket-io",
    "jayson",
    "vscode-jsonrpc",
  ],
  variants: [
    { name: "1 connection", connections: 1, inFlight: 1, payloadBytes: 64 },
    { name: "64 connections", connections: 64, inFlight: 1, payloadBytes: 64 },
  ],
  figures: messageFigures,
  targets: [
    {
      text: "ping-pong on 1 connection beside bare net",
      peer: "parley:borrowed",
      than: "bare-net",
      variant: "1 connection",
      atLeast: 0.95,
      whyNot:
        "the rounds differ by more than what is missing; a message that is alone in its turn pays for the turn by itself: a task at its end, and a buffer of the pool",
    },
    {
      text: "ping-pong on 64 connections beside batched net",
      peer: "parley:borrowed",
      than: "batched-net",
      variant: "64 connections",
      atLeast: 1,
    },
    {
      text: "ping-pong on 64 connections beside ws",
      peer: "parley:borrowed",
      than: "ws",
      variant: "64 connections",
      atLeast: 1,
    },
  ],
  plot: { kind: "bars", figure: "serverMicros" },
  measure: measureRequests,
};
