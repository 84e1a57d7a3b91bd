import type { ByteStream } from "@parley/core";
import { manualClock, memoryPair, recordStream } from "@parley/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytes, shaped, turns } from "../../test/shaping-stage.ts";
import { trafficShaper } from "./traffic-shaper.ts";

describe("what a connection sends", () => {
  it("leaves in slices, after a burst", async () => {
    const { clock, pair, pass } = shaped({ writeBytesPerSecond: 10_000 });
    const { near, far } = pair();
    expect(near.stream.write(bytes(5_000))).toBe(false);
    expect([near.stream.unsentBytes, clock.pending]).toEqual([3_540, 1]);
    const seen: number[] = [];
    for (const ms of [0, 99, 1, 99, 1, 153]) {
      clock.advance(ms);
      await turns();
      seen.push(far.length);
    }
    expect(seen).toEqual([1_460, 1_460, 2_460, 2_460, 3_460, 4_460]);
    expect(near.drains).toBe(0);
    await pass(1);
    expect([far.length, near.drains, near.stream.unsentBytes, clock.pending]).toEqual([5_000, 1, 0, 0]);
    expect(Buffer.compare(far.bytes, bytes(5_000))).toBe(0);
  });

  it("is taken at once where there is enough of the burst left", async () => {
    const { clock, pair } = shaped({ writeBytesPerSecond: 10_000 });
    const { near, far } = pair();
    expect([near.send("x".repeat(1_000)), near.send("x".repeat(460)), near.send("x")]).toEqual([
      true,
      true,
      false,
    ]);
    await turns();
    expect(far.length).toBe(1_460);
    clock.advance(1);
    await near.until(({ drains }) => drains === 1);
    expect(clock.pending).toBe(0);
  });

  it("is never more than its rates and a burst of each, whatever is written when, and all of it arrives", async () => {
    const step = fc.record({
      connection: fc.nat(2),
      length: fc.integer({ min: 1, max: 3_000 }),
      after: fc.nat(200),
    });
    const steps = fc.array(step, { minLength: 1, maxLength: 15 });
    const rate = fc.integer({ min: 500, max: 50_000 });
    const burst = (perSecond: number): number => Math.max(1_460, Math.ceil(perSecond / 10));
    await fc.assert(
      fc.asyncProperty(rate, rate, steps, async (each, total, writes) => {
        const { clock, pair } = shaped({ writeBytesPerSecond: each, totalWriteBytesPerSecond: total });
        const pairs = [pair(), pair(), pair()];
        const sent = pairs.map((): Uint8Array[] => []);
        const check = (): void => {
          const lengths = pairs.map(({ far }) => far.length);
          const gained = clock.now() / 1_000;
          for (const length of lengths)
            expect(length).toBeLessThanOrEqual(burst(each) + gained * each + 1e-6);
          const all = lengths.reduce((sum, length) => sum + length);
          expect(all).toBeLessThanOrEqual(burst(total) + gained * total + 1e-6);
        };
        for (const { connection, length, after } of writes) {
          const { near } = pairs[connection] as (typeof pairs)[0];
          if (near.stream.unsentBytes === 0) {
            near.stream.write(bytes(length));
            sent[connection]?.push(bytes(length));
          }
          await turns();
          check();
          clock.advance(after);
        }
        for (let look = 0; clock.pending > 0; look++) {
          expect(look).toBeLessThan(2_000);
          await turns();
          check();
          clock.advance(50);
        }
        await turns();
        for (const [index, { far }] of pairs.entries())
          expect(Buffer.compare(far.bytes, Buffer.concat(sent[index] as Uint8Array[]))).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it("goes on when the other side reads again, and holds a slice at most until then", async () => {
    const { clock, pair, pass } = shaped({ writeBytesPerSecond: 10_000 });
    const { near, far } = pair({ capacityBytes: 1_000 });
    far.stream.pause();
    near.stream.write(bytes(5_000));
    await pass(300);
    expect([clock.pending, near.stream.unsentBytes]).toEqual([0, 5_000]);
    far.stream.resume();
    await turns();
    // While it was held up the bucket has filled, and no further.
    expect(far.length).toBe(2_920);
    await pass(300);
    expect([far.length, near.drains, clock.pending]).toEqual([5_000, 1, 0]);
  });

  it("is followed by the FIN", async () => {
    const { clock, pair, pass } = shaped({ writeBytesPerSecond: 10_000 });
    const { near, far } = pair();
    near.stream.write(bytes(3_000));
    near.stream.end();
    near.stream.end();
    await pass(153);
    expect([far.length, far.hasEnded]).toEqual([2_460, false]);
    await pass(1);
    expect([far.length, far.hasEnded, near.drains, clock.pending]).toEqual([3_000, true, 1, 0]);
    far.stream.end();
    await Promise.all([near.untilClosed(), far.untilClosed()]);
  });

  it("is lost at once with destroy and with a reset, and nothing waits any more", async () => {
    const { clock, pair } = shaped({ writeBytesPerSecond: 10_000, totalWriteBytesPerSecond: 20_000 });
    const [one, other] = [pair(), pair()];
    for (const { near } of [one, other]) near.stream.write(bytes(5_000));
    await turns();
    expect(clock.pending).toBe(1);
    one.near.stream.destroy();
    other.far.stream.destroy();
    await Promise.all([one.near.untilClosed(), other.near.untilClosed()]);
    expect([clock.pending, one.near.drains, other.near.drains]).toEqual([0, 0, 0]);
    expect(one.near.stream.write(bytes(5_000))).toBe(true);
    clock.advance(10_000);
    await turns();
    expect([clock.pending, one.near.drains]).toEqual([0, 0]);
  });

  it("is cut between datagrams only", async () => {
    const { near: beneath } = memoryPair();
    const writes: number[] = [];
    const write = beneath.write.bind(beneath);
    Object.assign(beneath, {
      datagrams: true,
      write(sent: Uint8Array) {
        writes.push(sent.length);
        return write(sent);
      },
    } satisfies Partial<ByteStream>);
    const clock = manualClock();
    const near = recordStream(trafficShaper({ writeBytesPerSecond: 1_000, clock }).wrap(beneath));
    expect(near.stream.datagrams).toBe(true);
    const datagrams = [600, 600, 600, 3_000, 10].map((length) => {
      const datagram = Buffer.alloc(4 + length);
      datagram.writeUInt32BE(length);
      return datagram;
    });
    near.stream.write(Buffer.concat(datagrams));
    for (let ms = 0; near.drains === 0; ms++) {
      expect(ms).toBeLessThan(10_000);
      clock.advance(1);
      await turns();
    }
    expect(writes).toEqual([1_208, 604, 3_004, 14]);
    // What fits in the burst waits until all of it is there, and what does not for the burst; the rest is paid for afterwards.
    expect(clock.now()).toBe(352 + 1_460 + 1_558);
    near.stream.destroy();
  });
});
