import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

describe("a token bucket", () => {
  it("gives its burst at once, then as much as it gains", () => {
    const bucket = new TokenBucket(10, 3, 1_000);
    expect([1, 1, 1].map((count) => bucket.take(count, 1_000))).toEqual([0, 0, 0]);
    expect(bucket.take(1, 1_000)).toBe(100);
    expect(bucket.take(1, 1_000)).toBe(200);
    expect(bucket.take(1, 1_300)).toBe(0);
  });

  it("holds no more than its burst, however long it stands", () => {
    const bucket = new TokenBucket(10, 3, 0);
    expect(bucket.take(3, 1e9)).toBe(0);
    expect(bucket.take(1, 1e9)).toBe(100);
  });

  it("lets more than the burst be taken at once, for as long a wait", () => {
    const bucket = new TokenBucket(100, 10, 0);
    expect(bucket.take(60, 0)).toBe(500);
    expect(bucket.take(1, 500)).toBe(10);
  });

  it("never lets more through than burst and gain together, whatever is asked for when", () => {
    const steps = fc.array(fc.record({ count: fc.integer({ min: 1, max: 5 }), after: fc.nat(500) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        steps,
        (rate, burst, taken) => {
          const bucket = new TokenBucket(rate, burst, 0);
          let now = 0;
          let through = 0;
          for (const { count, after } of taken) {
            now += after;
            // As a connection does: the next is not asked for before this one is paid for.
            now += bucket.take(count, now);
            through += count;
            expect(through).toBeLessThanOrEqual(burst + (now / 1_000) * rate + 1e-6);
          }
        },
      ),
    );
  });
});
