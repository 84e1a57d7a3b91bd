import { peerLabel } from "../peer-name.mjs";
import { legend, titled } from "./svg.mjs";

/** A line for each peer: the memory of its process over the time it has run. */
export function overTime(workload, { variants: [variant] }) {
  return {
    height: 360,
    title: titled(workload.title, "MiB of the server's process"),
    grid: { left: 60, right: 40, top: 76, bottom: 70 },
    legend,
    xAxis: { type: "value", name: "seconds", nameLocation: "middle", nameGap: 26 },
    yAxis: { type: "value", min: 0 },
    series: Object.entries(variant.samples).map(([peer, samples]) => ({
      name: peerLabel(peer),
      type: "line",
      symbol: "none",
      data: samples.map(({ seconds, mebibytes }) => [seconds, mebibytes]),
    })),
  };
}
