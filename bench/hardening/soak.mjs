// `soak --minutes N`: clients that come and go, through proxies that do what networks do, at a server with every handler.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "../runner/machine.mjs";
import { svg } from "../runner/plots/svg.mjs";
import { withProcesses } from "./processes.mjs";
import { keep } from "./report.mjs";
import { soakChart } from "./soak-chart.mjs";
import { verdict } from "./verdict.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    clients: { type: "string", default: "500" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
});
const minutes = Number(values.minutes);
const clients = Number(values.clients);
const seed = Number(values.seed);
if (!(minutes > 0 && clients > 0 && Number.isInteger(seed)))
  throw new Error("Give --minutes and --clients above 0, and a whole number as --seed.");

/** In less time memory tells of what is compiled: there is no slope to judge, and nothing that takes the place of what was measured before. */
const keptFromMinutes = 10;
const limits = {
  frameTimeoutMs: 2_000,
  writeStallMs: 2_000,
  idleTimeoutMs: 10_000,
  maxBufferedBytes: 256 * 1024,
  maxConnections: 2_000,
};
const sampleMs = 5_000;
/** How long clients come and go until all of them leave, and memory is looked at. */
const tideMs = Math.min(15_000, minutes * 60_000);

console.log(`soak: ${clients} clients for ${minutes} minutes, seed ${seed}`);
const kept = await withProcesses({ limits }, async ({ server, load, probe, addresses }) => {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  const samples = [];
  const ebbs = [];
  let lived = 0;
  const faults = {};
  // One question after the other.
  let asking = Promise.resolve();
  const ask = (act) => {
    asking = asking.then(act);
    return asking;
  };
  const sample = async () => {
    const [usage, report] = await Promise.all([server.ask("usage"), probe.ask("report")]);
    samples.push({ seconds: seconds(), ...usage, ...report });
  };
  const sampling = setInterval(() => ask(sample), sampleMs);
  for (let tide = 0; seconds() < minutes * 60; tide++) {
    const told = await load.ask(["live", { addresses, clients, ms: tideMs, seed: seed + tide * 100 }]);
    lived += told.lived;
    for (const [fault, times] of Object.entries(told.faults)) faults[fault] = (faults[fault] ?? 0) + times;
    await ask(async () => {
      await sample();
      ebbs.push({ seconds: seconds(), ...(await server.ask("collected")) });
      // Who was asking while all garbage was collected waited for that.
      await probe.ask(["report", true]);
      const { heapBytes, descriptors, connections } = ebbs.at(-1);
      console.log(
        `${Math.round(seconds())} s: ${(heapBytes / 2 ** 20).toFixed(2)} MiB, ${descriptors} descriptors, ${connections} connections`,
      );
    });
  }
  clearInterval(sampling);
  await asking;
  return { lived, faults, samples, ebbs, p99Ms: await probe.ask("p99") };
});

const results = {
  date: new Date().toISOString().slice(0, 10),
  command: `npx -y pnpm@12 soak --minutes ${minutes} --clients ${clients} --seed ${seed}`,
  machine: machine(),
  clients,
  ...kept,
};
const isKept = minutes >= keptFromMinutes;
const judged = verdict(results).filter(({ isSlope }) => isKept || !isSlope);
if (isKept) keep("soak", { ...results, verdict: judged });
else {
  const directory = new URL("../../.build/", import.meta.url);
  mkdirSync(directory, { recursive: true });
  const plot = new URL("soak.svg", directory);
  writeFileSync(plot, svg(soakChart(results)));
  console.log(`under ${keptFromMinutes} minutes: no slope is judged; the plot is ${fileURLToPath(plot)}`);
}
for (const { what, measured, holds } of judged)
  console.log(`${holds ? "holds" : "BROKEN"}: ${what}: ${measured}`);
process.exitCode = judged.every(({ holds }) => holds) ? 0 : 1;
