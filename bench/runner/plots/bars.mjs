import { figures } from "../figures.mjs";
import { peerLabel } from "../peer-name.mjs";
import { median } from "../statistics.mjs";
import { ratios } from "../targets.mjs";
import { legend, titled } from "./svg.mjs";

const barHeight = 18;
const gap = 12;
const margins = { left: 170, right: 90, top: 76 };

/** A bar for each peer and variant: the ratio of `plot.figure` to the base, or the figure itself if it is `linear`. */
export function bars(workload, { variants }) {
  const { figure, linear = false } = workload.plot;
  const { title, show, ratioTitle } = figures[figure];
  const peers = [...new Set(variants.flatMap((variant) => Object.keys(variant.figures)))].toReversed();
  const valueOf = (variant, peer) => {
    const values = variant.figures[peer]?.[figure];
    if (values === undefined) return null;
    return linear ? median(values) : ratios(variant, figure, peer, variant.base ?? workload.base)?.median;
  };
  const bottom = variants.length > 1 ? 70 : 40;
  const values = variants.flatMap((variant) => peers.map((peer) => valueOf(variant, peer)));
  const label = linear ? show : (value) => Number(value.toPrecision(2)).toString();
  const axisTitle = linear ? title : `${title}: ${ratioTitle} to ${peerLabel(workload.base)}, more is better`;
  return {
    height: margins.top + bottom + peers.length * (variants.length * barHeight + gap),
    title: titled(workload.title, axisTitle),
    grid: { ...margins, bottom },
    legend: variants.length > 1 ? legend : undefined,
    xAxis: linear ? { type: "value", min: 0 } : { type: "log", ...decades(values) },
    yAxis: { type: "category", data: peers.map(peerLabel), axisTick: { show: false } },
    series: variants.map((variant, index) => ({
      name: variant.name,
      type: "bar",
      barWidth: barHeight - 3,
      barGap: "10%",
      data: peers.map((peer) => ({
        value: valueOf(variant, peer),
        itemStyle: peer.startsWith("parley") ? undefined : { opacity: 0.55 },
      })),
      label: { show: true, position: "right", formatter: ({ value }) => label(value) },
      markLine: index > 0 || linear ? undefined : baseLine,
    })),
  };
}

const baseLine = {
  silent: true,
  symbol: "none",
  label: { show: false },
  lineStyle: { color: "#333", type: "dashed" },
  data: [{ xAxis: 1 }],
};

/** Whole powers of ten around all values and the base's 1. */
function decades(values) {
  const logarithms = values.filter((value) => value > 0).map(Math.log10);
  return {
    min: 10 ** Math.floor(Math.min(0, ...logarithms) - 0.01),
    max: 10 ** Math.ceil(Math.max(0, ...logarithms)),
  };
}
