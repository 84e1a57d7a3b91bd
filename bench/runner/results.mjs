import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { machine, parleyVersion } from "./machine.mjs";

const directory = new URL("../results/", import.meta.url);
const biome = new URL("../../node_modules/.bin/biome", import.meta.url).pathname;
const fileOf = (name) => new URL(`${name}.json`, directory).pathname;

/** What a run has measured, with all that is needed to understand and to repeat it. */
export function resultsOf(workload, { rounds, seconds }, variants) {
  return {
    workload: workload.name,
    date: new Date().toISOString().slice(0, 10),
    command: `npx -y pnpm@12 bench ${workload.name} --rounds ${rounds} --seconds ${seconds}`,
    rounds,
    machine: machine(),
    versions: {
      parley: parleyVersion(),
      node: process.versions.node,
      ...Object.assign({}, ...variants.flatMap(({ versions }) => Object.values(versions ?? {}))),
    },
    variants: variants.map((variant) => ({ ...variant, versions: undefined })),
  };
}

/** Keeps results, to be committed. */
export function saveResults(name, results) {
  const rounded = (_key, value) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
  mkdirSync(directory, { recursive: true });
  writeFileSync(fileOf(name), `${JSON.stringify(results, rounded, 2)}\n`);
  spawnSync(biome, ["format", "--write", fileOf(name)], { stdio: "ignore" });
}

/** Results kept, or undefined. */
export function readResults(name) {
  return existsSync(fileOf(name)) ? JSON.parse(readFileSync(fileOf(name), "utf8")) : undefined;
}
