// The command `bench`. What it measures is built: the script in package.json does that first.
import { parseArgs } from "node:util";
import { runCheck } from "../check/check.mjs";
import { drawFlames } from "../flame/flame.mjs";
import { writeReport } from "./report.mjs";
import { runWorkload } from "./run-workload.mjs";
import { workloadNames, workloadOf } from "./workloads.mjs";

const usage = `bench [WORKLOAD…] [options]    measures; without a workload all of them
bench report               tables and plots again, from the results that are kept
bench check [--record]     compares the hot path's instruction counts with those committed
bench flame [WORKLOAD…]    flame graphs of the server under echo-pipelined and rpc-server

--rounds N      how often each peer is measured, in turn (default 5; endurance 1)
--seconds N     for how long each time (default 3; endurance at most 600)
--peers A,B     only these peers, by name or the part before the colon
--variants TEXT only variants with this in their names; may be repeated
--no-save       shows the tables and keeps nothing; so does every run of less than 3 rounds or of some peers or variants
--record        with check: commits to what is measured now

Workloads: ${workloadNames.join(", ")}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    rounds: { type: "string" },
    seconds: { type: "string" },
    peers: { type: "string" },
    variants: { type: "string", multiple: true },
    save: { type: "boolean", default: true },
    record: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [command, ...names] = positionals;
const options = {
  given: {
    ...(values.rounds && { rounds: positive("--rounds", values.rounds) }),
    ...(values.seconds && { seconds: positive("--seconds", values.seconds) }),
  },
  peers: values.peers?.split(","),
  variants: values.variants,
  save: values.save,
};

if (values.help) console.log(usage);
else if (command === "report") await writeReport();
else if (command === "check") process.exitCode = await runCheck({ record: values.record, only: names });
else if (command === "flame") await drawFlames(names, options);
else {
  const workloads = await Promise.all((positionals.length > 0 ? positionals : workloadNames).map(workloadOf));
  for (const workload of workloads) await runWorkload(workload, options);
  await writeReport();
}

function positive(name, text) {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`${name} is ${text}; give a number above 0`);
}
