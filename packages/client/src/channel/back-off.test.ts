import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BackOff, fullJitterMs } from "./back-off.ts";

const limits = { initialDelayMs: 100, maxDelayMs: 5_000 };

/** The same numbers for the same seed (Numerical Recipes' generator). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("a delay with full jitter", () => {
  it("is anything from 0 to a bound that doubles with every failure, up to the longest", () => {
    const longest = (failures: number) => fullJitterMs(failures, limits, () => 1);
    expect([0, 1, 2, 5, 6, 7].map(longest)).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
    for (const failures of [0, 1, 7]) expect(fullJitterMs(failures, limits, () => 0)).toBe(0);
    expect(fullJitterMs(1, limits, () => 0.25)).toBe(50);
  });

  it("is a whole number within its bounds, however many failures", () => {
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.integer({ min: 1, max: 1e6 }),
        fc.nat(1e9),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, initialDelayMs, more, random) => {
          const delay = fullJitterMs(
            failures,
            { initialDelayMs, maxDelayMs: initialDelayMs + more },
            () => random,
          );
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(Math.min(initialDelayMs + more, initialDelayMs * 2 ** failures));
        },
      ),
    );
  });
});

describe("a back-off", () => {
  it("counts its failures, and begins anew", () => {
    const backOff = new BackOff(limits, () => 1);
    expect([backOff.next(), backOff.next(), backOff.next()]).toEqual([100, 200, 400]);
    expect(backOff.failures).toBe(3);
    backOff.reset();
    expect(backOff.next()).toBe(100);
  });

  it("keeps a hundred that were disturbed together from coming back together", () => {
    const random = seeded(7);
    const downForMs = 10_000;
    const backAt = Array.from({ length: 100 }, () => {
      const backOff = new BackOff(limits, random);
      let at = 0;
      while (at < downForMs) at += backOff.next();
      return at - downForMs;
    });
    const inWindow = (from: number, windowMs: number) =>
      backAt.filter((at) => at >= from && at < from + windowMs).length;
    for (let from = 0; from <= limits.maxDelayMs; from += 100) {
      expect(inWindow(from, 100)).toBeLessThan(20);
      expect(inWindow(from, 1_000)).toBeLessThan(50);
    }
    expect(Math.max(...backAt)).toBeLessThanOrEqual(limits.maxDelayMs);
  });

  it("spreads one delay of a hundred over the whole of its range", () => {
    const random = seeded(11);
    const seconds = [0, 0, 0, 0, 0];
    for (let client = 0; client < 100; client++) {
      const second = Math.floor(fullJitterMs(9, limits, random) / 1_000);
      seconds[second] = (seconds[second] ?? 0) + 1;
    }
    // A fifth is what an even spread gives each; half as much again is chance.
    expect(Math.max(...seconds)).toBeLessThanOrEqual(30);
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(10);
  });
});
