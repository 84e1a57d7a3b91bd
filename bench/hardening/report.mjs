import { readFileSync, writeFileSync } from "node:fs";
import { svg } from "../runner/plots/svg.mjs";
import { readResults, saveResults } from "../runner/results.mjs";
import { markdown } from "../runner/table.mjs";
import { soakChart } from "./soak-chart.mjs";

const readme = new URL("README.md", import.meta.url);
const marks = {
  soak: ["<!-- soak: written by `soak` -->", "<!-- end of soak -->"],
  "worst-day": ["<!-- worst day: written by `worst-day` -->", "<!-- end of worst day -->"],
};
const written = { soak: soakText, "worst-day": worstDayText };

/** Keeps what `name`, `soak` or `worst-day`, has measured, in results/ and in the README. */
export function keep(name, results) {
  saveResults(name, results);
  if (name === "soak")
    writeFileSync(new URL("../results/soak.svg", import.meta.url), svg(soakChart(results)));
  const text = readFileSync(readme, "utf8");
  const [start, end] = marks[name].map((mark) => text.indexOf(mark));
  if (start < 0 || end < start) throw new Error(`bench/hardening/README.md lacks the marks of ${name}`);
  const body = written[name](readResults(name));
  writeFileSync(readme, `${text.slice(0, start) + marks[name][0]}\n\n${body}\n\n${text.slice(end)}`);
}

function soakText({ date, command, machine, lived, faults, verdict }) {
  return [
    "![Memory, descriptors and latency over the time of a soak](../results/soak.svg)",
    markdown([
      ["promise", "measured", "holds"],
      ...verdict.map(({ what, measured, holds }) => [what, measured, holds ? "yes" : "**no**"]),
    ]),
    `${lived} clients came and went; on their way were ${Object.entries(faults)
      .map(([fault, count]) => `${count} × ${fault}`)
      .join(", ")}.`,
    `${date}, \`${command}\`. ${machine}.`,
  ].join("\n\n");
}

function worstDayText({ date, command, machine, days }) {
  const ms = (value) => `${value.toFixed(1)} ms`;
  return [
    markdown([
      [
        "what",
        "for",
        "memory: before, at most, after",
        "server's CPU",
        "probe: median, p99, longest",
        "errors of the probe",
        "what became of them",
      ],
      ...days.map(({ title, seconds, mebibytes, cpuShare, probe, outcome }) => [
        title,
        `${seconds.toFixed(0)} s`,
        `${mebibytes.map((value) => value.toFixed(0)).join(", ")} MiB`,
        `${(cpuShare * 100).toFixed(0)} %`,
        `${ms(probe.medianMs)}, ${ms(probe.p99Ms)}, ${ms(probe.longestMs)}`,
        `${probe.errors.length} of ${probe.requests + probe.connections}`,
        outcome,
      ]),
    ]),
    `${date}, \`${command}\`. ${machine}.`,
  ].join("\n\n");
}
