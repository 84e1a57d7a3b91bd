import { readFileSync, writeFileSync } from "node:fs";
import { keptFlames } from "../flame/kept.mjs";
import { drawPlot } from "./plot.mjs";
import { readResults } from "./results.mjs";
import { markdown, tables, targetRows } from "./table.mjs";
import { workloadNames, workloadOf } from "./workloads.mjs";

const readme = new URL("../README.md", import.meta.url).pathname;
const marks = ["<!-- results: written by `bench report` -->", "<!-- end of results -->"];

/** Writes tables and plots of all results that are kept: the plots beside them, the tables into the README. */
export async function writeReport() {
  const all = await Promise.all(
    workloadNames.map(async (name) => ({ workload: await workloadOf(name), results: readResults(name) })),
  );
  const measured = all.filter(({ results }) => results !== undefined);
  for (const { workload, results } of measured) drawPlot(workload, results);
  const sections = measured.map(({ workload, results }) => section(workload, results));
  const text = readFileSync(readme, "utf8");
  const [start, end] = marks.map((mark) => text.indexOf(mark));
  if (start < 0 || end < start) throw new Error(`bench/README.md lacks the marks ${marks.join(" and ")}`);
  const body = [targetTable(all), ...sections, ...flames()].join("\n\n");
  writeFileSync(readme, `${text.slice(0, start) + marks[0]}\n\n${body}\n\n${text.slice(end)}`);
}

function targetTable(all) {
  const rows = all.flatMap(({ workload, results }) => targetRows(workload, results));
  return `## Targets\n\nEach a ratio in one run, by server CPU unless it is called a rate.\n\n${markdown([
    ["target", "", "measured (least–greatest)", "holds", "why not"],
    ...rows,
  ])}`;
}

function flames() {
  return keptFlames().flatMap(({ file, title, times }, index) => [
    ...(index === 0 ? ["## Flame graphs"] : []),
    `![${title}](results/${file}.svg)`,
    markdown([
      [`${title}: time by itself`, "share"],
      ...times.map(({ name, share }) => [`\`${name}\``, `${(share * 100).toFixed(1)} %`]),
    ]),
  ]);
}

function section(workload, { date, command, machine, rounds, versions, variants }) {
  const { parley, node, ...others } = versions;
  const named = Object.entries(others).map(([name, version]) => `${name} ${version}`);
  const measuredOn = `${date}, \`${command}\`: ${rounds} rounds, medians. ${machine}. Parley ${parley}, Node ${node}${named
    .map((text) => `, ${text}`)
    .join("")}.`;
  return [
    `## ${workload.title}`,
    workload.about,
    ...tables(workload, { variants }),
    ...(workload.plot === undefined ? [] : [`![${workload.title}](results/${workload.name}.svg)`]),
    measuredOn,
  ].join("\n\n");
}
