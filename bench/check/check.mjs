import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { markdown } from "../runner/table.mjs";
import { instructionsOf } from "./instructions.mjs";

const figuresFile = new URL("instructions.json", import.meta.url);
const scenarios = new URL("scenarios/", import.meta.url);

/** Two runs of the same code differ by up to a fiftieth, and the compiler decides anew when code around changes. */
const tolerance = 0.05;

/**
 * Counts the instructions of the hot path and compares them with those committed; with `record` it writes them down instead.
 * @returns the process' exit code: 1 if something became slower, 2 if it cannot be said.
 */
export async function runCheck({ record, only }) {
  if (["valgrind", "setarch"].some((command) => spawnSync(command, ["--version"]).status !== 0)) {
    console.error("bench check counts by Valgrind, which is missing (Debian: valgrind, util-linux).");
    return 2;
  }
  const kept = existsSync(figuresFile) ? JSON.parse(readFileSync(figuresFile, "utf8")) : { instructions: {} };
  if (!record && kept.node !== process.versions.node) {
    console.error(
      `The committed figures are of Node ${kept.node ?? "(none)"}, this is ${process.versions.node}: compare with the same, or use --record.`,
    );
    return 2;
  }
  const counted = await countAll(only);
  console.log(markdown([["", "instructions a message", "committed", "change"], ...counted.map(row)]));
  if (record) {
    const instructions = { ...kept.instructions };
    for (const { name, value } of counted) instructions[name] = value;
    const figures = { node: process.versions.node, instructions };
    writeFileSync(figuresFile, `${JSON.stringify(figures, null, 2)}\n`);
    return 0;
  }
  const slower = counted.filter((each) => changeOf(each) > tolerance);
  for (const each of slower)
    console.log(`\nSlower: ${each.about} (${each.name}), by ${percent(changeOf(each))}.`);
  if (slower.length === 0) console.log(`\nNothing became slower by more than ${percent(tolerance)}.`);
  return slower.length > 0 ? 1 : 0;

  function row({ name, about, value }) {
    const committed = kept.instructions[name];
    const change = committed === undefined ? "new" : percent(changeOf({ name, value }));
    return [`${name}: ${about}`, value.toLocaleString("en"), committed?.toLocaleString("en") ?? "", change];
  }

  function changeOf({ name, value }) {
    const committed = kept.instructions[name];
    return committed === undefined ? 0 : value / committed - 1;
  }
}

async function countAll(only) {
  const names = readdirSync(scenarios).map((file) => file.replace(".mjs", ""));
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`there is no scenario ${unknown}; there are ${names.join(", ")}`);
  const counted = [];
  for (const name of only.length > 0 ? only : names) {
    process.stderr.write(`counting ${name}\n`);
    const { default: scenario } = await import(new URL(`${name}.mjs`, scenarios));
    counted.push({ name, about: scenario.about, value: Math.round(await instructionsOf(name, scenario)) });
  }
  return counted;
}

const percent = (part) => `${part > 0 ? "+" : ""}${(part * 100).toFixed(1)} %`;
