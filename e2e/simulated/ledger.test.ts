import { randomInt } from "node:crypto";
import { simulate } from "@parley/testkit";
import { expect, it } from "vitest";
import { type Findings, playLedger } from "./ledger.ts";

const seeds = Number(process.env["PARLEY_SIMULATED_SEEDS"] ?? 300);
const firstSeed = Number(process.env["PARLEY_SEED"] ?? randomInt(2 ** 32));

const atOnce = 50;

const newFindings = (): Findings => ({
  wrong: [],
  counts: { restarts: 0, partitions: 0, resets: 0, results: 0, failures: 0 },
});

it("a ledger keeps its promises in every run, through restarts, partitions and resets", async () => {
  const total = newFindings();
  async function play(seed: number): Promise<void> {
    const findings = newFindings();
    const { log } = await simulate(seed, (world) => playLedger(world, findings));
    expect(findings.wrong, `seed ${seed}:\n${log.join("\n")}`).toEqual([]);
    for (const key of Object.keys(total.counts) as (keyof Findings["counts"])[])
      total.counts[key] += findings.counts[key];
  }
  // Worlds know nothing of each other: side by side they share the turns of the event loop.
  for (let from = firstSeed; from < firstSeed + seeds; from += atOnce) {
    const length = Math.min(atOnce, firstSeed + seeds - from);
    await Promise.all(Array.from({ length }, (_, i) => play(from + i)));
  }
  console.log(`${seeds} seeds from ${firstSeed}: ${JSON.stringify(total.counts)}`);
  for (const [what, count] of Object.entries(total.counts)) expect(count, what).toBeGreaterThan(0);
}, 600_000);

it("a run is the same for the same seed, event by event", async () => {
  const play = () => simulate(firstSeed, (world) => playLedger(world, newFindings()));
  const [first, second] = [await play(), await play()];
  // Each of the 24 calls says at least how it ended.
  expect(first.log.length, `seed ${firstSeed}`).toBeGreaterThan(24);
  expect(second, `seed ${firstSeed}`).toEqual(first);
});
