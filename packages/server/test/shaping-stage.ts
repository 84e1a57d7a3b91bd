import {
  type ManualClock,
  type MemoryOptions,
  manualClock,
  memoryPair,
  type RecordedStream,
  recordStream,
} from "@parley/testkit";
import { onTestFinished } from "vitest";
import type { GivenRates } from "../src/shaping/shaping-options.ts";
import { type TrafficShaper, trafficShaper } from "../src/shaping/traffic-shaper.ts";

/** Lets happen what happens without time passing. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

/** A shaper whose time stands still, and streams through it. */
export interface Shaped {
  readonly shaper: TrafficShaper;
  readonly clock: ManualClock;
  /** Connects one more, whose near side is shaped. */
  pair(memory?: MemoryOptions): { near: RecordedStream; far: RecordedStream };
  /** Lets time pass, a millisecond at a time, with all that happens in each. */
  pass(ms: number): Promise<void>;
}

/** Makes a shaper; what is shaped by it is gone after the test. */
export function shaped(rates: GivenRates): Shaped {
  const clock = manualClock();
  const shaper = trafficShaper({ ...rates, clock });
  return {
    shaper,
    clock,
    pair(memory) {
      const ends = memoryPair(memory);
      const pair = { near: recordStream(shaper.wrap(ends.near)), far: recordStream(ends.far) };
      onTestFinished(() => pair.near.stream.destroy());
      return pair;
    },
    async pass(ms) {
      for (let left = ms; left > 0; left--) {
        clock.advance(1);
        await turns();
      }
    },
  };
}

/** Bytes that differ along the way. */
export function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}
