import { manualClock } from "@parley/testkit";
import { expect, it } from "vitest";
import { ItemPump } from "../src/session/item-pump.ts";

async function* counting(to: number): AsyncGenerator<number> {
  for (let count = 0; count < to; count += 1) yield count;
}

function* countingAtOnce(to: number): Generator<number> {
  for (let count = 0; count < to; count += 1) yield count;
}

it.each([
  ["asynchronous", counting],
  ["synchronous", countingAtOnce],
])("lets others have their turn between the items of a source that never waits: %s", async (_, source) => {
  let sent = 0;
  const sink = {
    ready: true,
    stopped: false,
    starved() {},
    send: () => (sent += 1) > 0,
    writable: () => Promise.resolve(),
  };
  const pump = new ItemPump(sink, manualClock());
  const sentInTurn = new Promise<number>((resolve) => setImmediate(() => resolve(sent)));
  const done = pump.run(source(10_000));
  expect(await sentInTurn).toBeLessThan(100);
  await done;
  expect(sent).toBe(10_000);
});
