import { median } from "../runner/statistics.mjs";

/** What counts as warm-up. */
const warmShare = 0.5;
const mebibyte = 1024 * 1024;

/** Each promise of a soak with what was measured: `{ what, measured, holds }`, and `isSlope` where that needs a long one. */
export function verdict({ samples, ebbs, p99Ms }) {
  const end = ebbs.at(-1).seconds;
  const isWarm = ({ seconds }) => seconds > end * warmShare;
  const warm = ebbs.filter(isWarm);
  const slope =
    (slopePerSecond(warm.map(({ seconds, heapBytes }) => [seconds, heapBytes])) * 3600) / mebibyte;
  const descriptors = warm.map((ebb) => ebb.descriptors);
  const errors = samples.flatMap((each) => each.errors);
  const p99s = samples.filter(isWarm).map((each) => each.p99Ms);
  const { unhandled } = ebbs.at(-1);
  return [
    {
      what: "memory beside compiled code, when all clients have left, grows by less than 1 MiB an hour",
      measured: `${slope.toFixed(2)} MiB an hour`,
      holds: slope < 1,
      isSlope: true,
    },
    {
      what: "descriptors, when all clients have left, stay as many",
      measured: `${Math.min(...descriptors)} to ${Math.max(...descriptors)}`,
      holds: Math.max(...descriptors) - Math.min(...descriptors) <= 2,
    },
    {
      what: "the probe's p99 is below 50 ms",
      measured: `${p99Ms.toFixed(1)} ms; of five seconds each: ${median(p99s).toFixed(1)} ms in the middle, ${Math.max(...p99s).toFixed(1)} ms at most`,
      holds: p99Ms < 50,
    },
    {
      what: "the probe meets no error",
      measured: errors.length === 0 ? "none" : errors.slice(0, 3).join("; "),
      holds: errors.length === 0,
    },
    { what: "no rejection is left unhandled", measured: String(unhandled), holds: unhandled === 0 },
  ];
}

/** By least squares. */
function slopePerSecond(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map(([seconds]) => seconds));
  const y = mean(points.map(([, value]) => value));
  const over = points.reduce((sum, [seconds, value]) => sum + (seconds - x) * (value - y), 0);
  return over / points.reduce((sum, [seconds]) => sum + (seconds - x) ** 2, 0);
}
