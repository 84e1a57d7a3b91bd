const whole = (value) => Math.round(value).toLocaleString("en");
const digits = (count) => (value) => value.toFixed(count);
const significant = (value) => (value >= 1000 ? whole(value) : Number(value.toPrecision(3)).toString());

/**
 * What is measured. `ratio` says what a ratio to another peer means: `better`, how many times as good, so more is better whichever
 * way the figure counts; `times`, how many times as much; none, where a ratio would say nothing.
 */
export const figures = {
  rate: { title: "messages/s", show: whole, counts: "up", ratio: "better", ratioTitle: "ratio" },
  serverMicros: {
    title: "server CPU µs/message",
    show: significant,
    counts: "down",
    ratio: "better",
    ratioTitle: "ratio by server CPU",
  },
  clientMicros: { title: "client CPU µs/message", show: significant, counts: "down" },
  peakMebibytes: { title: "peak MiB", show: digits(0), counts: "down" },
  collections: { title: "GCs per million", show: significant, counts: "down" },
  mebibytesPerSecond: { title: "MiB/s", show: whole, counts: "up", ratio: "better", ratioTitle: "ratio" },
  kibibytes: {
    title: "KiB a connection",
    show: digits(2),
    counts: "down",
    ratio: "times",
    ratioTitle: "times the memory",
  },
  cpuMicros: {
    title: "CPU µs a message",
    show: significant,
    counts: "down",
    ratio: "better",
    ratioTitle: "ratio",
  },
  gigabytesPerSecond: { title: "GB/s", show: digits(2), counts: "up" },
  connectionRate: { title: "connections/s", show: whole, counts: "up", ratio: "better", ratioTitle: "ratio" },
  connectMicros: {
    title: "server CPU µs/connection",
    show: significant,
    counts: "down",
    ratio: "better",
    ratioTitle: "ratio by server CPU",
  },
  millions: { title: "million messages", show: digits(1), counts: "up" },
  firstMebibytes: { title: "MiB, first", show: digits(1), counts: "down" },
  lastMebibytes: { title: "MiB, last", show: digits(1), counts: "down" },
  collectedBefore: { title: "collected before", show: digits(1), counts: "down" },
  collectedAfter: { title: "collected after", show: digits(1), counts: "down" },
  takenMebibytes: { title: "MiB taken of who never reads", show: digits(1), counts: "down" },
  grownMebibytes: { title: "MiB the process grew", show: digits(1), counts: "down" },
};

/** What every exchange of messages is judged by. */
export const messageFigures = ["rate", "serverMicros", "clientMicros", "peakMebibytes", "collections"];

/** The ratio of one round's value to another peer's. */
export function ratioOf(figure, value, base) {
  const { counts, ratio } = figures[figure];
  return ratio === "better" && counts === "down" ? base / value : value / base;
}
