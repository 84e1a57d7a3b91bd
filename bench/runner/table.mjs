import { figures } from "./figures.mjs";
import { peerLabel } from "./peer-name.mjs";
import { median } from "./statistics.mjs";
import { judge, ratios } from "./targets.mjs";

/** Tables in Markdown of a workload's results: one a variant, or where its variants lie on an axis, one over all. */
export function tables(workload, results) {
  if (workload.axis !== undefined) return [axisTable(workload, results)];
  return results.variants.flatMap((variant) => [
    ...(results.variants.length > 1 ? [`**${variant.name}**`] : []),
    variantTable(workload, variant),
  ]);
}

/** The targets of a workload beside what was measured. */
export function targetRows(workload, results) {
  return judge(workload, results).map(({ target, measured, holds }) => [
    target.figure === "rate" ? `${target.text}, rate` : target.text,
    target.atLeast === undefined ? `at most ${target.atMost}` : `at least ${target.atLeast}`,
    measured === undefined ? "not measured" : shownSpread(measured),
    holds === undefined ? "" : holds ? "yes" : "**no**",
    holds === false ? (target.whyNot ?? "") : "",
  ]);
}

/** Rows of cells as a Markdown table. */
export const markdown = ([head, ...rows]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function variantTable(workload, variant) {
  const base = variant.base ?? workload.base;
  const columns = workload.figures.flatMap((figure) => {
    const { title, ratio, ratioTitle, show } = figures[figure];
    const value = { title, cell: (peer) => cellOf(variant.figures[peer]?.[figure], show) };
    if (ratio === undefined || base === undefined) return [value];
    return [
      value,
      { title: ratioTitle, cell: (peer) => shownRatio(ratios(variant, figure, peer, base), peer === base) },
    ];
  });
  const rows = Object.keys(variant.figures).map((peer) => [
    peerLabel(peer),
    ...columns.map(({ cell }) => cell(peer)),
  ]);
  const leftOut = Object.entries(variant.leftOut ?? {}).map(([peer, why]) => [
    peerLabel(peer),
    `left out: ${why}`,
    ...columns.slice(1).map(() => ""),
  ]);
  return markdown([["", ...columns.map(({ title }) => title)], ...rows, ...leftOut]);
}

/** A row for each place on the axis, a column for each peer. */
function axisTable({ axis, base }, { variants }) {
  const { title, show } = figures[axis.figure];
  const peers = [...new Set(variants.flatMap((variant) => Object.keys(variant.figures)))];
  const others = peers.filter((peer) => peer !== base && base !== undefined);
  const rows = variants.map((variant) => [
    variant.name,
    ...peers.map((peer) => cellOf(variant.figures[peer]?.[axis.figure], show)),
    ...others.map((peer) => shownRatio(ratios(variant, axis.figure, peer, base))),
  ]);
  return markdown([
    [
      axis.title,
      ...peers.map((peer) => `${peerLabel(peer)}, ${title}`),
      ...others.map((peer) => `${peerLabel(peer)}, ratio to ${peerLabel(base)}`),
    ],
    ...rows,
  ]);
}

const cellOf = (values, show) => (values === undefined ? "" : show(median(values)));

function shownRatio(measured, isBase = false) {
  if (isBase) return "1";
  return measured === undefined ? "" : shownSpread(measured);
}

function shownSpread({ median: middle, least, greatest }) {
  const show = (value) => Number(value.toPrecision(value < 1 ? 2 : 3)).toString();
  return least === greatest ? show(middle) : `${show(middle)} (${show(least)}–${show(greatest)})`;
}
