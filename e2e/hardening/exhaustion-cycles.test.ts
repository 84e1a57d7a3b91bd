import { textLines } from "@parley/core";
import { createServer, echo } from "@parley/server";
import { memoryHeld } from "@parley/testkit";
import { expect, it } from "vitest";
import { besideAProbe, echoedClient, times } from "./beside-a-probe.ts";
import { rawClient } from "./raw-client.ts";

// The nightly script asks for 50,000.
const cycles = Number(process.env["PARLEY_RESET_CYCLES"] ?? 5_000);
const warmUp = 1_000;
const abreast = 20;

/** Connects and resets, having said nothing, half a line, or a whole one, which comes back. */
async function resetBy(url: string, round: number): Promise<void> {
  const client = await rawClient(url);
  if (round % 3 === 1) client.send("begun");
  if (round % 3 === 2) await client.send("whole\n").until(({ text }) => text === "whole\n");
  await client.reset().gone;
}

it(
  `${cycles} who connect and reset leave memory and descriptors where they were`,
  async () => {
    const server = createServer({ codec: textLines(), handler: echo<string>() });
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, textLines(), "probe"),
      async (url) => {
        const run = async (count: number): Promise<void> => {
          let round = 0;
          await times(abreast, async () => {
            while (round < count) await resetBy(url, round++);
          });
        };
        const held = async (): Promise<number> => {
          const { heap, buffers } = await memoryHeld();
          return heap + buffers;
        };
        // Until the code is compiled and what is pooled is there.
        await run(warmUp);
        const before = await held();
        await run(cycles);
        const grown = (await held()) - before;
        // What is left of each would be more than that.
        expect(grown).toBeLessThan(200 * cycles);
      },
    );
    // Node tells a reset behind bytes that were not read yet as if a FIN had come.
    const { reset = 0, ended = 0 } = reasons;
    expect(reset).toBeGreaterThanOrEqual(Math.floor((2 * (warmUp + cycles)) / 3));
    expect(reset + ended).toBeGreaterThanOrEqual(warmUp + cycles);
    expect(Object.keys(reasons).toSorted()).toEqual(["ended", "reset"]);
    expect(server.counters).toMatchObject({ serving: 0, waiting: 0, refused: 0 });
  },
  20_000 + 10 * cycles,
);
