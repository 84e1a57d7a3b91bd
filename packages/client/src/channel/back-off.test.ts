import { seededRandom } from "@parley/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BackOff, jitteredMs } from "./back-off.ts";
import { reconnectDefaults } from "./client-options.ts";

const limits = { initialDelayMs: 100, maxDelayMs: 5_000 };

describe("a delay with jitter", () => {
  it("is anything from 0 to a bound that doubles with every failure, and at the longest from half of that", () => {
    const longest = (failures: number) => jitteredMs(failures, limits, () => 1);
    expect([0, 1, 2, 5, 6, 7].map(longest)).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
    const shortest = (failures: number) => jitteredMs(failures, limits, () => 0);
    expect([0, 1, 2, 5, 6, 7].map(shortest)).toEqual([0, 0, 0, 0, 2_500, 2_500]);
    expect(jitteredMs(1, limits, () => 0.25)).toBe(50);
  });

  it("begins at 0 also where the first bound is the longest", () => {
    const always = { initialDelayMs: 100, maxDelayMs: 100 };
    expect([jitteredMs(0, always, () => 0), jitteredMs(1, always, () => 0)]).toEqual([0, 50]);
  });

  it("is a whole number within its bounds, however many failures", () => {
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.integer({ min: 1, max: 1e6 }),
        fc.nat(1e9),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, initialDelayMs, more, random) => {
          const maxDelayMs = initialDelayMs + more;
          const delay = jitteredMs(failures, { initialDelayMs, maxDelayMs }, () => random);
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(Math.min(maxDelayMs, initialDelayMs * 2 ** failures));
        },
      ),
    );
  });
});

/** When clients that lost their server together find it again, counted from its return after `downForMs`. */
function returns(clients: number, downForMs: number, random: () => number): number[] {
  const backAt = Array.from({ length: clients }, () => {
    const backOff = new BackOff(reconnectDefaults, random);
    let at = 0;
    do at += backOff.next();
    while (at < downForMs);
    return at - downForMs;
  });
  return backAt.sort((a, b) => a - b);
}

/** How many of them fall into one second, whichever that is. */
function mostInASecond(sorted: readonly number[]): number {
  let most = 0;
  let from = 0;
  for (const [index, at] of sorted.entries()) {
    while (at - (sorted[from] as number) >= 1_000) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

describe("a back-off", () => {
  it("counts its failures, and begins anew", () => {
    const backOff = new BackOff(limits, () => 1);
    expect([backOff.next(), backOff.next(), backOff.next()]).toEqual([100, 200, 400]);
    expect(backOff.failures).toBe(3);
    backOff.reset();
    expect(backOff.next()).toBe(100);
  });

  it.each([10, 12, 15, 20, 30, 60, 300])(
    "has no more than a fifth of 1,000 come back within any second, after %i s without a server",
    (downForSeconds) => {
      for (let seed = 1; seed <= 5; seed++) {
        const backAt = returns(1_000, downForSeconds * 1_000, seededRandom(seed));
        expect(mostInASecond(backAt), `seed ${seed}`).toBeLessThanOrEqual(200);
        expect(backAt.at(-1), `seed ${seed}`).toBeLessThanOrEqual(reconnectDefaults.maxDelayMs);
      }
    },
  );

  it.each([1, 2, 3, 5, 8])(
    "spreads them over about as long as the server was gone, if that is %i s",
    (downForSeconds) => {
      for (let seed = 1; seed <= 5; seed++) {
        const backAt = returns(1_000, downForSeconds * 1_000, seededRandom(seed));
        const back = (within: number) => backAt.filter((at) => at < within * downForSeconds * 1_000).length;
        // Half of them wait for at least a third of that time; nearly all are back after twice of it.
        expect(back(1 / 3), `seed ${seed}`).toBeLessThan(500);
        expect(back(2), `seed ${seed}`).toBeGreaterThan(900);
      }
    },
  );

  it("has one client back at once after a mishap, and most likely within a second of a server that was gone for one", () => {
    const random = seededRandom(1);
    expect(returns(1_000, 0, random).at(-1)).toBeLessThanOrEqual(reconnectDefaults.initialDelayMs);
    expect(returns(1_000, 1_000, random)[600]).toBeLessThanOrEqual(1_000);
  });
});
