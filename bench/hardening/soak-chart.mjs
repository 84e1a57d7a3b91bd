import { legend, titled } from "../runner/plots/svg.mjs";

/** Memory, descriptors and the probe's latency over the time of a soak. */
export function soakChart({ samples, ebbs, clients }) {
  const line = (name, yAxisIndex, points, value) => ({
    name,
    yAxisIndex,
    type: "line",
    symbol: "none",
    data: points.map((point) => [point.seconds, value(point)]),
  });
  const mebibytes = ({ heapBytes }) => heapBytes / 2 ** 20;
  return {
    height: 420,
    title: titled(
      `Soak: ${clients} clients that come and go`,
      "the server's heap without compiled code when all have left, its process, its descriptors, and how long a good client waits",
    ),
    grid: { left: 60, right: 60, top: 96, bottom: 90 },
    legend,
    xAxis: { type: "value", name: "seconds", nameLocation: "middle", nameGap: 26 },
    yAxis: [
      { type: "value", min: 0, name: "MiB, ms" },
      { type: "value", min: 0, name: "descriptors" },
    ],
    series: [
      { ...line("heap when all have left, MiB", 0, ebbs, mebibytes), symbol: "circle" },
      line("process, MiB", 0, samples, ({ memoryBytes }) => memoryBytes / 2 ** 20),
      line("probe's p99, ms", 0, samples, ({ p99Ms }) => p99Ms),
      line("descriptors", 1, samples, ({ descriptors }) => descriptors),
    ],
  };
}
