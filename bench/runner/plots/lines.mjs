import { figures } from "../figures.mjs";
import { peerLabel } from "../peer-name.mjs";
import { median } from "../statistics.mjs";
import { legend, titled } from "./svg.mjs";

/** A line for each peer over the workload's axis, both scales logarithmic; the costs' is not if the plot is `linear`. */
export function lines(workload, { variants }) {
  const { title, figure, key } = workload.axis;
  const places = new Map(workload.variants.map((variant) => [variant.name, variant[key]]));
  const peers = [...new Set(variants.flatMap((variant) => Object.keys(variant.figures)))];
  const least = Math.min(
    ...variants.flatMap((variant) => Object.values(variant.figures).map((lists) => median(lists[figure]))),
  );
  return {
    height: 400,
    title: titled(workload.title, `${figures[figure].title}, less is better`),
    grid: { left: 70, right: 40, top: 76, bottom: 70 },
    legend,
    xAxis: {
      type: "log",
      name: title,
      nameLocation: "middle",
      nameGap: 26,
      min: Math.min(...places.values()),
      max: Math.max(...places.values()),
      axisLabel: { formatter: (value) => value.toLocaleString("en") },
    },
    yAxis: workload.plot.linear
      ? { type: "value", min: 0 }
      : { type: "log", min: 10 ** Math.floor(Math.log10(least)) },
    series: peers.map((peer) => ({
      name: peerLabel(peer),
      type: "line",
      symbol: "circle",
      symbolSize: 6,
      data: variants
        .filter((variant) => peer in variant.figures)
        .map((variant) => [places.get(variant.name), median(variant.figures[peer][figure])]),
    })),
  };
}
