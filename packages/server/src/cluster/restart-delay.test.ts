import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { restartDelayMs } from "./restart-delay.ts";

const limits = { minDelayMs: 100, maxDelayMs: 1_000 };

describe("the delay before a restart", () => {
  it("is drawn from a range whose end doubles with every failure, up to the longest", () => {
    const longest = (failures: number) => restartDelayMs(failures, limits, () => 1);
    expect([1, 2, 3, 4, 5].map(longest)).toEqual([200, 400, 800, 1_000, 1_000]);
    for (const failures of [1, 2, 3, 4]) expect(restartDelayMs(failures, limits, () => 0)).toBe(100);
    expect(restartDelayMs(2, limits, () => 0.5)).toBe(250);
  });

  it("is never outside its limits, however many failures", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 0, max: 1e9 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, minDelayMs, more, random) => {
          const maxDelayMs = minDelayMs + more;
          const delay = restartDelayMs(failures, { minDelayMs, maxDelayMs }, () => random);
          expect(delay).toBeGreaterThanOrEqual(minDelayMs);
          expect(delay).toBeLessThanOrEqual(maxDelayMs);
          expect(Number.isInteger(delay)).toBe(true);
        },
      ),
    );
  });
});
