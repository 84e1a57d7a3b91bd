import { describe, expect, it } from "vitest";
import { bytes, shaped, turns } from "../../test/shaping-stage.ts";

describe("the rates of all together", () => {
  it("are shared equally by who sends: the greedy starve nobody", async () => {
    const { clock, pair, pass } = shaped({ totalWriteBytesPerSecond: 100_000 });
    const [greedy, ...others] = [pair(), pair(), pair(), pair()];
    greedy?.near.stream.write(bytes(60_000));
    await turns();
    const before = greedy?.far.length ?? 0;
    expect(before).toBe(10_000);
    for (const { near } of others) near.stream.write(bytes(5_000));
    expect(clock.pending).toBe(1);
    while (others.some(({ far }) => far.length < 5_000)) await pass(1);
    // Four times what each of them wanted, and a slice.
    expect(clock.now()).toBeLessThanOrEqual(200 + 15);
    expect((greedy?.far.length ?? 0) - before).toBeLessThanOrEqual(5_000 + 1_460);
    expect(others.map(({ near }) => near.drains)).toEqual([1, 1, 1]);
    await pass(500);
    expect([greedy?.far.length, greedy?.near.drains, clock.pending]).toEqual([60_000, 1, 0]);
  });

  it("are used in turn also where each writes again as soon as it may", async () => {
    const { pair, clock, pass } = shaped({ totalWriteBytesPerSecond: 100_000 });
    const pairs = [pair(), pair(), pair()];
    const sizes = [20_000, 3_000, 700];
    const writing = pairs.map(async ({ near }, index) => {
      for (let round = 0; near.end === undefined; round++) {
        if (near.stream.write(bytes(sizes[index] as number))) continue;
        await near.until(({ drains, end }) => drains > round || end !== undefined);
        near.drains = round + 1;
      }
    });
    await pass(500);
    const lengths = pairs.map(({ far }) => far.length);
    for (const { near } of pairs) near.stream.destroy();
    await Promise.all(writing);
    const all = lengths.reduce((sum, length) => sum + length);
    expect(all).toBeLessThanOrEqual(10_000 + 50_000);
    expect(all).toBeGreaterThanOrEqual(50_000);
    // A turn each: who writes less than a slice uses less of it, and loses nothing of what others leave.
    const [large, medium, small] = lengths as [number, number, number];
    expect(large - 10_000).toBeLessThanOrEqual(24_000);
    expect(medium).toBeGreaterThanOrEqual(15_000);
    expect(small).toBeGreaterThanOrEqual(10_000);
    expect(clock.pending).toBe(0);
  });

  it("are shared by who is sent to, a chunk each in turn", async () => {
    const { pair, clock, pass } = shaped({ totalReadBytesPerSecond: 100_000 });
    const pairs = [pair({ chunkBytes: 1_000 }), pair({ chunkBytes: 1_000 }), pair({ chunkBytes: 1_000 })];
    const [greedy, ...others] = pairs as [(typeof pairs)[0], ...typeof pairs];
    greedy.far.stream.write(bytes(60_000));
    await turns();
    const before = greedy.near.length;
    expect(before).toBe(11_000);
    for (const { far } of others) far.stream.write(bytes(10_000));
    while (others.some(({ near }) => near.length < 10_000)) {
      await pass(1);
      const [had, ...rest] = pairs.map(({ near }) => near.length) as [number, number, number];
      for (const length of rest) expect(Math.abs(had - before - length)).toBeLessThanOrEqual(2_000);
      // Each may be ahead by one chunk.
      expect(had + rest[0] + (rest[1] as number)).toBeLessThanOrEqual(10_000 + clock.now() * 100 + 3_000);
    }
    expect(clock.now()).toBeLessThanOrEqual(340);
    await pass(300);
    // What the others would be sent next is set aside for them, a chunk each.
    expect(greedy.near.length).toBeGreaterThanOrEqual(10_000 + clock.now() * 100 - 20_000 - 3_000);
    expect(clock.pending).toBe(1);
  });

  it("are used by who is sent to one after the other, once what was owed is paid", async () => {
    const { pair, clock, pass } = shaped({ totalReadBytesPerSecond: 100_000 });
    const pairs = Array.from({ length: 20 }, () => pair({ chunkBytes: 1_000 }));
    for (const { far } of pairs) far.stream.write(bytes(5_000));
    const received = (): number => pairs.reduce((sum, { near }) => sum + near.length, 0);
    await turns();
    expect(received()).toBeGreaterThan(10_000);
    await pass(Math.ceil((received() - 10_000) / 100) - 1);
    while (received() < 100_000) {
      await pass(1);
      expect(received()).toBeLessThanOrEqual(10_000 + clock.now() * 100 + 2_000);
      expect(clock.now()).toBeLessThanOrEqual(1_000);
    }
  });

  it("are not kept by who is sent nothing", async () => {
    const { pair, clock, pass } = shaped({ totalReadBytesPerSecond: 100_000 });
    const silent = Array.from({ length: 5 }, () => pair());
    const busy = pair({ chunkBytes: 1_000 });
    // Each of them has had a chunk, and waits behind it for its turn.
    for (const { far } of silent) far.stream.write(bytes(4_000));
    busy.far.stream.write(bytes(40_000));
    await turns();
    expect(silent.map(({ near }) => near.length)).toEqual([4_000, 4_000, 4_000, 4_000, 4_000]);
    await pass(1_000);
    expect([busy.near.length, clock.pending]).toEqual([40_000, 0]);
  });

  it("and those of each hold together, on one timer", async () => {
    const { pair, clock, pass } = shaped({
      writeBytesPerSecond: 20_000,
      readBytesPerSecond: 20_000,
      totalWriteBytesPerSecond: 50_000,
      totalReadBytesPerSecond: 50_000,
    });
    const pairs = Array.from({ length: 4 }, () => pair({ chunkBytes: 1_000 }));
    for (const { near, far } of pairs) {
      near.stream.write(bytes(20_000));
      far.stream.write(bytes(20_000));
    }
    await turns();
    expect(clock.pending).toBe(1);
    await pass(500);
    for (const lengths of [pairs.map(({ near }) => near.length), pairs.map(({ far }) => far.length)]) {
      const all = lengths.reduce((sum, length) => sum + length);
      expect(all).toBeGreaterThanOrEqual(25_000);
      expect(all).toBeLessThanOrEqual(25_000 + 5_000 + 4_000);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(10_000 + 2_000 + 1_000);
    }
    expect(clock.pending).toBe(1);
    await pass(1_500);
    expect([pairs.every(({ near, far }) => near.length + far.length === 40_000), clock.pending]).toEqual([
      true,
      0,
    ]);
  });
});
