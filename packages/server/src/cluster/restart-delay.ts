/** How long a dead worker's place stays empty. */
export interface RestartLimits {
  /** The shortest delay. */
  minDelayMs: number;
  /** The longest delay. */
  maxDelayMs: number;
  /** A worker that has listened for so long has proved itself: the next delay is short again. */
  healthyMs: number;
}

/**
 * How long to wait before the next start, after `failures` workers in a row that died too soon (the latest included, from 1):
 * anything from `minDelayMs` to a bound that doubles each time up to `maxDelayMs`. `random` gives numbers from 0 to below 1; the
 * whole range is used, so that workers that died together do not start together.
 */
export function restartDelayMs(
  failures: number,
  { minDelayMs, maxDelayMs }: Omit<RestartLimits, "healthyMs">,
  random: () => number,
): number {
  const bound = Math.min(maxDelayMs, minDelayMs * 2 ** failures);
  return Math.round(minDelayMs + random() * (bound - minDelayMs));
}
