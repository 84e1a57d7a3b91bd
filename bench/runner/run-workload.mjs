import { resultsOf, saveResults } from "./results.mjs";
import { runRounds } from "./rounds.mjs";
import { markdown, tables, targetRows } from "./table.mjs";

const defaults = { rounds: 5, seconds: 3 };
const fewestRoundsKept = 3;

/** Measures a workload, shows its tables, and keeps the results if all of it was measured. */
export async function runWorkload(workload, options) {
  const { run = runRounds } = workload;
  const { rounds, seconds } = { ...defaults, ...workload.defaults, ...options.given };
  const chosen = workload.variants.filter(
    ({ name }) => options.variants?.some((text) => name.includes(text)) ?? true,
  );
  if (chosen.length === 0)
    throw new Error(
      `--variants: ${workload.name} has ${workload.variants.map(({ name }) => name).join("; ")}`,
    );
  const variants = [];
  for (const variant of chosen) {
    const record = await run(workload, variant, { ...options, rounds, seconds });
    variants.push({ name: variant.name, ...record });
  }
  const results = resultsOf(workload, { rounds, seconds }, variants);
  console.log(`\n## ${workload.title}\n\n${workload.about}\n`);
  console.log(tables(workload, results).join("\n\n"));
  const rows = targetRows(workload, results);
  if (rows.length > 0) console.log(`\n${markdown([["target", "", "measured", "holds"], ...rows])}`);
  const whole =
    options.peers === undefined &&
    options.variants === undefined &&
    rounds >= Math.min(fewestRoundsKept, workload.defaults?.rounds ?? fewestRoundsKept);
  if (options.save && whole) saveResults(workload.name, results);
}
