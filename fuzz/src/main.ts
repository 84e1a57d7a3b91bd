import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { keepCorpus } from "./keep-corpus.ts";
import { runTarget, type TargetReport, told } from "./run-target.ts";
import { loadTarget, targetNames } from "./targets.ts";

const usage = `npx -y pnpm@12 fuzz [TARGET…] [--seconds N] [--keep]
npx -y pnpm@12 fuzz TARGET --replay FILE

Fuzzes all targets, or those that are named, one after the other, each for so long (60 s). --keep takes what was learnt
into fuzz/corpus. --replay runs a target for one input.

Targets: ${targetNames().join(", ")}`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "60" },
      keep: { type: "boolean", default: false },
      replay: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const seconds = Number(values.seconds);
  const known = targetNames();
  const isWrong =
    positionals.some((name) => !known.includes(name)) || !(Number.isInteger(seconds) && seconds > 0);
  if (values.help || isWrong || (values.replay !== undefined && positionals.length !== 1)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  if (values.replay !== undefined) {
    const fuzz = await loadTarget(positionals[0] as string);
    fuzz(readFileSync(values.replay));
    console.log("It holds.");
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
  const reports: TargetReport[] = [];
  for (const name of positionals.length > 0 ? positionals : known) {
    const folder = resolve(join(".build/fuzz", name));
    console.log(`${name}: ${seconds} s`);
    const report = await runTarget(name, seconds, folder, stop.signal);
    reports.push(report);
    if (values.keep && report.found === undefined) await keepCorpus(name, folder, stop.signal);
  }
  console.log(`\n${reports.map(told).join("\n")}`);
  return reports.some(({ found }) => found !== undefined) ? 1 : 0;
}
