import { measureHolding } from "../runner/measures.mjs";

const whyNot =
  "a heap snapshot of 10,000 connections shows 0.9 KiB each beside the socket: the connection with its state and counters, both ways, its deadlines, who takes its messages, and three listeners. 1.3 would leave 0.8 KiB of the process for all of that; ws has no deadlines";

export default {
  name: "idle-connections",
  title: "Idle connections",
  about:
    "What the server's process grows by for each of 10,000 connections that say nothing, after garbage collections.",
  family: "echo",
  base: "bare-net",
  peers: [
    "bare-net",
    "batched-net",
    "parley:borrowed",
    "parley:copied",
    "ws",
    "socket-io",
    "vscode-jsonrpc",
    "go",
  ],
  variants: [{ name: "10,000 connections", connections: 10_000 }],
  figures: ["kibibytes"],
  targets: [
    {
      text: "memory of an idle connection beside bare net",
      peer: "parley:copied",
      than: "bare-net",
      figure: "kibibytes",
      atMost: 1.3,
      whyNot,
    },
    {
      text: "memory of an idle connection beside ws",
      peer: "parley:copied",
      than: "ws",
      figure: "kibibytes",
      atMost: 0.6,
      whyNot,
    },
  ],
  plot: { kind: "bars", figure: "kibibytes", linear: true },
  measure: measureHolding,
};
