import { manualClock, memoryPair } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { bytes, shaped, turns } from "../../test/shaping-stage.ts";
import { stage } from "../../test/stage.ts";
import { trafficShaper } from "./traffic-shaper.ts";

describe("rates that change", () => {
  it("let go at once who waits, and hold back who did not", async () => {
    const { shaper, clock, pair } = shaped({ writeBytesPerSecond: 1, readBytesPerSecond: 1 });
    const { near, far } = pair({ chunkBytes: 2_000 });
    near.stream.write(bytes(50_000));
    far.stream.write(bytes(50_000));
    await turns();
    expect([near.length, far.length, clock.pending]).toEqual([2_000, 1_460, 1]);
    shaper.set({
      writeBytesPerSecond: Number.POSITIVE_INFINITY,
      readBytesPerSecond: Number.POSITIVE_INFINITY,
    });
    expect([near.drains, near.length]).toEqual([0, 2_000]);
    await turns();
    await Promise.all([near, far].map((end) => end.until(({ length }) => length === 50_000)));
    expect([near.drains, near.stream.write(bytes(5_000)), clock.pending]).toEqual([1, true, 0]);
    shaper.set({ totalWriteBytesPerSecond: 1_000, totalReadBytesPerSecond: 1_000 });
    expect(near.stream.write(bytes(5_000))).toBe(false);
    far.stream.write(bytes(50_000));
    await turns();
    expect([near.length, far.length]).toEqual([52_000, 56_460]);
  });

  it("keep in bytes what is owed", async () => {
    const { shaper, pair, pass } = shaped({ readBytesPerSecond: 1_000 });
    const { near, far } = pair();
    far.stream.write(bytes(11_460));
    await near.until(({ length }) => length === 11_460);
    far.send("next");
    await pass(1_000);
    shaper.set({ readBytesPerSecond: 100_000 });
    await pass(89);
    expect(near.length).toBe(11_460);
    await pass(1);
    expect(near.length).toBe(11_464);
  });

  it("give no new burst each time", async () => {
    const { shaper, pair, clock } = shaped({ totalWriteBytesPerSecond: 1_000 });
    const { near, far } = pair();
    near.stream.write(bytes(20_000));
    for (let change = 0; change < 20; change++) {
      shaper.set({ totalWriteBytesPerSecond: 1_000 + change });
      await turns();
    }
    expect([far.length, clock.pending]).toEqual([1_460, 1]);
  });

  it("can be read, and stay as they are where nothing is given, or nonsense", () => {
    const { shaper } = shaped({ readBytesPerSecond: 1_000 });
    shaper.set({ writeBytesPerSecond: 2_000, readBytesPerSecond: undefined });
    const rates = {
      readBytesPerSecond: 1_000,
      writeBytesPerSecond: 2_000,
      totalReadBytesPerSecond: Number.POSITIVE_INFINITY,
      totalWriteBytesPerSecond: Number.POSITIVE_INFINITY,
    };
    expect(shaper.rates).toEqual(rates);
    for (const nonsense of [0, -1, 1.5, Number.NaN, "1"]) {
      const refusal = {
        code: "bad-option",
        message: `totalReadBytesPerSecond is ${nonsense}; give a whole number of at least 1.`,
      };
      const given = { writeBytesPerSecond: 5, totalReadBytesPerSecond: nonsense as number };
      expect(() => shaper.set(given)).toThrow(expect.objectContaining(refusal));
      expect(() => trafficShaper(given)).toThrow(expect.objectContaining(refusal));
    }
    expect(shaper.rates).toEqual(rates);
  });
});

describe("a shaped stream", () => {
  it("is who the stream beneath is", () => {
    const identity = { subject: "CN=a", altNames: "", fingerprint256: "AB" };
    const told = { identity, protocol: "chat", descriptor: 7, datagrams: true };
    const beneath = Object.assign(memoryPair().near, told);
    const { localAddress, remoteAddress } = beneath;
    expect(trafficShaper().wrap(beneath)).toMatchObject({
      ...told,
      localAddress,
      remoteAddress,
      unsentBytes: 0,
    });
  });

  it("carries a server's connections", async () => {
    const clock = manualClock();
    const shaper = trafficShaper({ writeBytesPerSecond: 10_000, clock });
    const { dial, server } = await stage({ shaper });
    const caller = await dial();
    caller.send(`${"x".repeat(4_999)}\n`);
    caller.stream.end();
    await turns();
    while (!caller.hasEnded) {
      expect(caller.length).toBeLessThanOrEqual(1_460 + 10 * clock.now());
      clock.advance(1);
      await turns();
    }
    expect([caller.length, clock.now(), clock.pending]).toEqual([5_000, 354, 0]);
    await caller.untilClosed();
    expect(server.counters.serving).toBe(0);
  });
});
