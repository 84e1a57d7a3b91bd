import { measureConnecting } from "../runner/measures.mjs";

export default {
  name: "connect-rate",
  title: "Connect rate",
  about: "Connections that come, have one message of 64 B answered and are reset, 64 at a time.",
  family: "echo",
  base: "bare-net",
  peers: [
    "bare-net",
    "batched-net",
    "parley:borrowed",
    "parley:guarded",
    "ws",
    "socket-io",
    "vscode-jsonrpc",
    "go",
  ],
  variants: [{ name: "64 at a time", atOnce: 64, payloadBytes: 64 }],
  figures: ["connectionRate", "connectMicros"],
  targets: [
    {
      text: "connect rate beside bare net",
      peer: "parley:borrowed",
      than: "bare-net",
      figure: "connectMicros",
      atLeast: 0.9,
      whyNot:
        "0.9 when rounded, and the rounds differ by more than what is missing; what is left are the objects of a connection, three listeners more, and five readings of the clock",
    },
  ],
  plot: { kind: "bars", figure: "connectionRate" },
  measure: measureConnecting,
};
