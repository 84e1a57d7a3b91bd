// Fan-out of 64 B frames to 200 members, 1 and 16 in flight: Parley's `sendEncoded` against hand-written net code that
// encodes once and writes to each. `node fan-out.mjs [ROUNDS] [SECONDS]`, after `tsc -b`.
import { compare, measureServer, runLoad } from "./harness.mjs";

const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number);
const program = new URL("loads/fan-out.mjs", import.meta.url).pathname;
const contestants = [
  { name: "net, one write each", file: "fan-out-net.mjs" },
  { name: "Parley", file: "fan-out-parley.mjs" },
];

for (const inFlight of [1, 16]) {
  const load = (port, forSeconds) =>
    runLoad(process.execPath, [program, port, 200, inFlight, 64, forSeconds]);
  console.log(`\nfan-out to 200 members, ${inFlight} in flight\n`);
  await compare(contestants, {
    rounds,
    measure: (contestant) => measureServer(contestant, { load, seconds }),
  });
}
