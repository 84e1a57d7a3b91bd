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

  it("tells how many are there, and how long more will take, without taking any", () => {
    const bucket = new TokenBucket(10, 5, 0);
    bucket.take(3, 0);
    expect([bucket.available(0), bucket.available(199), bucket.available(200)]).toEqual([2, 3, 4]);
    expect([bucket.available(1e9), bucket.waitMs(5, 1e9), bucket.waitMs(0, 0), bucket.waitMs(2, 0)]).toEqual([
      5, 0, 0, 0,
    ]);
    expect(bucket.waitMs(4, 0)).toBeCloseTo(200, 3);
    bucket.take(4, 0);
    expect([bucket.available(0), bucket.available(299), bucket.waitMs(0, 200)]).toEqual([0, 0, 0]);
    expect(bucket.waitMs(1, 0)).toBeCloseTo(300, 3);
  });

  it("takes back what was not used, up to its burst", () => {
    const bucket = new TokenBucket(10, 5, 0);
    bucket.take(8, 0);
    bucket.take(-6, 0);
    expect(bucket.available(0)).toBe(3);
    bucket.take(-6, 0);
    expect(bucket.available(0)).toBe(5);
  });

  it("keeps what is in it, or owed, when its rate changes", () => {
    const bucket = new TokenBucket(10, 5, 0);
    bucket.take(2, 0);
    bucket.change(100, 50, 0);
    expect([bucket.available(0), bucket.available(10)]).toEqual([3, 4]);
    bucket.take(13, 0);
    bucket.change(1, 2, 50);
    expect(bucket.waitMs(0, 50)).toBeCloseTo(5_000, 2);
    bucket.change(10, 5, 10_050);
    expect(bucket.available(10_050)).toBe(2);
  });

  it("has what it said would be there when that time has come, however numbers are rounded", () => {
    const rate = fc.integer({ min: 1, max: 1_000_000_000 });
    fc.assert(
      fc.property(
        rate,
        fc.nat(100_000),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (perSecond, taken, at) => {
          const bucket = new TokenBucket(perSecond, 1_460, at);
          bucket.take(taken, at);
          // Rounding may cost another millisecond, and no more.
          const due = at + Math.ceil(bucket.waitMs(1_460, at)) + 1;
          expect(bucket.waitMs(1_460, due)).toBe(0);
          expect(bucket.available(due)).toBe(1_460);
          const fullAt = due + 1e9;
          expect(bucket.waitMs(1_460, fullAt)).toBe(0);
          expect(bucket.available(fullAt)).toBe(1_460);
        },
      ),
    );
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
