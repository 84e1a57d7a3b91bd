import type { ByteStream, Clock } from "@parley/core";
import { type ByteStreamPair, manualClock, memoryPair, testByteStream } from "@parley/testkit";
import { type Dial, type Listen, socketDial, socketListener } from "@parley/transport";
import { describe, it } from "vitest";
import { deferred } from "../../test/stage.ts";
import type { GivenRates } from "./shaping-options.ts";
import { trafficShaper } from "./traffic-shaper.ts";

/** A clock in a hurry: what is to happen later happens in the next turn of the event loop, and it is that much later then. */
function hastyClock(): Clock {
  const clock = manualClock();
  return {
    ...clock,
    after(delayMs, task) {
      setImmediate(() => clock.advance(Math.max(0, delayMs)));
      return clock.after(delayMs, task);
    },
  };
}

async function connected(listen: Listen, dialOf: (address: string) => Dial): Promise<ByteStreamPair> {
  const accepted = deferred<ByteStream>();
  const listener = await listen({
    accept: accepted.resolve,
    failed(error) {
      throw error;
    },
  });
  const [near, far] = await Promise.all([dialOf(listener.address)(), accepted.promise]);
  await listener.close();
  return { near, far };
}

function shaped(rates: GivenRates, pair: ByteStreamPair): ByteStreamPair {
  const shaper = trafficShaper({ ...rates, clock: hastyClock() });
  return { near: shaper.wrap(pair.near), far: shaper.wrap(pair.far) };
}

const runner = { describe, it };
const bulkBytes = 50_000;
const kinds: Record<string, GivenRates> = {
  "shaped without a limit": {},
  "shaped in its writing": { writeBytesPerSecond: 50_000 },
  "shaped in its reading": { readBytesPerSecond: 50_000 },
  "shaped in all ways": {
    readBytesPerSecond: 200_000,
    writeBytesPerSecond: 100_000,
    totalReadBytesPerSecond: 300_000,
    totalWriteBytesPerSecond: 150_000,
  },
};

for (const [kind, rates] of Object.entries(kinds)) {
  testByteStream(
    `memory, ${kind}`,
    {
      makePair: async () => shaped(rates, memoryPair({ capacityBytes: 10_000, chunkBytes: 3_000 })),
      bulkBytes,
    },
    runner,
  );
  testByteStream(
    `tcp, ${kind}`,
    {
      makePair: async () => shaped(rates, await connected(socketListener("tcp://127.0.0.1:0"), socketDial)),
      bulkBytes,
    },
    runner,
  );
}
