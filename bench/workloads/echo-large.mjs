import { measureRequests } from "../runner/measures.mjs";

const mebibyte = 1024 * 1024;

export default {
  name: "echo-large",
  title: "Large messages",
  about: "Echo of 1 MiB, on 1 and on 8 connections with 2 messages in flight on each.",
  family: "echo",
  base: "batched-net",
  peers: ["batched-net", "bare-net", "parley:borrowed", "parley:copied", "ws", "socket-io"],
  variants: [
    { name: "1 connection", connections: 1, inFlight: 2, payloadBytes: mebibyte },
    { name: "8 connections", connections: 8, inFlight: 2, payloadBytes: mebibyte },
  ],
  figures: ["mebibytesPerSecond", "serverMicros", "peakMebibytes"],
  plot: { kind: "bars", figure: "mebibytesPerSecond" },
  async measure(server, run) {
    const measured = await measureRequests(server, run);
    return { mebibytesPerSecond: (measured.rate * run.variant.payloadBytes) / mebibyte, ...measured };
  },
};
