import { legend, titled } from "../runner/plots/svg.mjs";

/** Memory, descriptors and the probe's latency over the time of a soak. */
export function soakChart({ samples }) {
  const series = (name, yAxisIndex, value) => ({
    name,
    yAxisIndex,
    type: "line",
    symbol: "none",
    data: samples.map((sample) => [sample.seconds, value(sample)]),
  });
  return {
    height: 420,
    title: titled(
      "Soak",
      "the server's heap after garbage collection, its descriptors, and how long a good client waits",
    ),
    grid: { left: 60, right: 60, top: 76, bottom: 70 },
    legend,
    xAxis: { type: "value", name: "seconds", nameLocation: "middle", nameGap: 26 },
    yAxis: [
      { type: "value", min: 0, name: "MiB, ms" },
      { type: "value", min: 0, name: "descriptors" },
    ],
    series: [
      series("heap, MiB", 0, ({ heapBytes }) => heapBytes / 2 ** 20),
      series("process, MiB", 0, ({ rssBytes }) => rssBytes / 2 ** 20),
      series("probe's p99, ms", 0, ({ p99Ms }) => p99Ms),
      series("descriptors", 1, ({ descriptors }) => descriptors),
    ],
  };
}
