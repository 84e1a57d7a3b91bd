import { describe, expect, it } from "vitest";
import { bytes, shaped, turns } from "../../test/shaping-stage.ts";

describe("what a connection is sent", () => {
  it("is delivered whole, and paid for by a pause", async () => {
    const { clock, pair, pass } = shaped({ readBytesPerSecond: 10_000 });
    const { near, far } = pair();
    far.stream.write(bytes(5_000));
    await near.until(({ length }) => length === 5_000);
    far.send("next");
    far.stream.end();
    await pass(353);
    expect([near.length, clock.pending]).toEqual([5_000, 1]);
    await pass(1);
    expect([near.length, near.hasEnded, clock.pending]).toEqual([5_004, false, 1]);
    await pass(1);
    expect([near.hasEnded, clock.pending]).toEqual([true, 0]);
  });

  it("waits for the connection and for its rate", async () => {
    const { clock, pair, pass } = shaped({ readBytesPerSecond: 10_000 });
    const { near, far } = pair();
    far.stream.write(bytes(5_000));
    await near.until(({ length }) => length === 5_000);
    far.send("next");
    near.stream.pause();
    expect(clock.pending).toBe(0);
    await pass(100);
    near.stream.resume();
    near.stream.pause();
    near.stream.resume();
    await pass(253);
    expect(near.length).toBe(5_000);
    near.stream.pause();
    await pass(1_000);
    expect([near.length, clock.pending]).toEqual([5_000, 0]);
    near.stream.resume();
    await near.untilText(`${near.text}next`);
  });

  it("comes as fast as the rate in the long run", async () => {
    const { pair, clock } = shaped({ readBytesPerSecond: 10_000 });
    const { near, far } = pair({ chunkBytes: 700 });
    far.stream.write(bytes(30_000));
    while (near.length < 30_000) {
      await turns();
      expect(near.length).toBeLessThanOrEqual(1_460 + clock.now() * 10 + 700);
      expect(near.length).toBeGreaterThanOrEqual(Math.min(30_000, clock.now() * 10 - 700));
      clock.advance(7);
    }
  });

  it("keeps nothing waiting when the connection is destroyed or lost", async () => {
    for (const end of ["near", "far"] as const) {
      const { clock, pair } = shaped({ readBytesPerSecond: 1_000 });
      const ends = pair();
      ends.far.stream.write(bytes(5_000));
      await ends.near.until(({ length }) => length === 5_000);
      expect(clock.pending).toBe(1);
      ends[end].stream.destroy();
      await ends.near.untilClosed();
      expect(clock.pending).toBe(0);
    }
  });
});
