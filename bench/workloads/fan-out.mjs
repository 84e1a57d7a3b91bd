import { messageFigures } from "../runner/figures.mjs";
import { measureFanOut } from "../runner/measures.mjs";

const fanOut = (members, inFlight) => ({
  name: `${members.toLocaleString("en")} members, ${inFlight} in flight`,
  members,
  inFlight,
  payloadBytes: 64,
});
const beside = (than, variant, atLeast) => ({
  text: `fan-out to ${variant}, beside ${than}`,
  peer: "parley",
  than,
  figure: "rate",
  variant,
  atLeast,
});

export default {
  name: "fan-out",
  title: "Fan-out",
  about:
    "One member publishes 64 B, all receive it; a message here is a delivery. Rooms do not exist yet: Parley's `broadcast` sends to all connections.",
  family: "fan-out",
  base: "net-write-each",
  peers: ["net-write-each", "parley", "ws", "socket-io", "socket-io:msgpack", "nats"],
  variants: [fanOut(200, 1), fanOut(200, 16), fanOut(1000, 1), fanOut(1000, 16)],
  figures: messageFigures,
  targets: [
    beside("ws", "1,000 members, 1 in flight", 1.2),
    beside("socket-io", "1,000 members, 1 in flight", 1.3),
    beside("ws", "1,000 members, 16 in flight", 12),
    beside("socket-io", "1,000 members, 16 in flight", 12),
    {
      ...beside("nats", "1,000 members, 16 in flight", 1.4),
      whyNot: "the rounds differ by more than what is missing",
    },
  ],
  plot: { kind: "bars", figure: "rate" },
  measure: measureFanOut,
};
