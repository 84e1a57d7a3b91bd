// Pipelined echo, 64 connections with 128 frames of 64 B in flight each: Parley's handler styles against hand-written
// batched net code. `node echo-pipelined.mjs [ROUNDS] [SECONDS]`, after `tsc -b`.
import { compare, compileLoad, measureServer, runLoad } from "./harness.mjs";

const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number);
const program = compileLoad("echo-pipelined");
const load = (port, forSeconds) => runLoad(program, [port, 64, 128, 64, forSeconds]);

const contestants = [
  { name: "batched net", file: "echo-batched-net.mjs" },
  ...["borrowed", "copied", "text", "async", "iterated"].map((variant) => ({
    name: `Parley, ${variant}`,
    file: "echo-parley.mjs",
    args: [variant],
  })),
];
await compare(contestants, { rounds, measure: (contestant) => measureServer(contestant, { load, seconds }) });
