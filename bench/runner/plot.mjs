import { writeFileSync } from "node:fs";
import { bars } from "./plots/bars.mjs";
import { lines } from "./plots/lines.mjs";
import { overTime } from "./plots/over-time.mjs";
import { svg } from "./plots/svg.mjs";

const kinds = { bars, lines, "over-time": overTime };

/** Draws a workload's results into results/NAME.svg, as its `plot` says. */
export function drawPlot(workload, results) {
  if (workload.plot === undefined) return;
  const file = new URL(`../results/${workload.name}.svg`, import.meta.url);
  writeFileSync(file, svg(kinds[workload.plot.kind](workload, results)));
}
