import { median } from "../runner/statistics.mjs";

/** What counts as warm-up: a fifth of the time. */
const warmShare = 0.2;
const mebibyte = 1024 * 1024;

/** Each promise of a soak with what was measured: `{ what, measured, holds }`. */
export function verdict({ samples, exitCode }) {
  const warm = samples.filter(({ seconds }) => seconds > samples.at(-1).seconds * warmShare);
  const quarter = Math.max(1, Math.floor(warm.length / 4));
  const slope =
    (slopePerSecond(warm.map(({ seconds, heapBytes }) => [seconds, heapBytes])) * 3600) / mebibyte;
  const errors = samples.flatMap((each) => each.errors);
  const p99Ms = median(warm.map((each) => each.p99Ms));
  const first = median(
    warm.slice(0, quarter).map(({ descriptors, connections }) => descriptors - connections),
  );
  const last = median(warm.slice(-quarter).map(({ descriptors, connections }) => descriptors - connections));
  const unhandled = samples.at(-1).unhandled;
  return [
    {
      what: "memory after garbage collection grows by less than 1 MiB an hour",
      measured: `${slope.toFixed(2)} MiB an hour`,
      holds: slope < 1,
    },
    {
      what: "descriptors beside connections stay as many",
      measured: `${first}, then ${last}`,
      holds: last - first <= 2,
    },
    {
      what: "the probe's p99, in the middle of its samples, is below 50 ms",
      measured: `${p99Ms.toFixed(1)} ms`,
      holds: p99Ms < 50,
    },
    {
      what: "the probe meets no error",
      measured: errors.length === 0 ? "none" : errors.slice(0, 3).join("; "),
      holds: errors.length === 0,
    },
    { what: "no rejection is left unhandled", measured: String(unhandled), holds: unhandled === 0 },
    { what: "the server ends by itself", measured: `exit code ${exitCode}`, holds: exitCode === 0 },
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
