import { setImmediate } from "node:timers/promises";
import { type Clock, checkInteger } from "@parley/core";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";
import {
  type SimulatedNetwork,
  type SimulatedNetworkOptions,
  simulatedNetwork,
} from "./simulated-network.ts";

/** What a scenario plays in: one clock, one network and one source of chance for all that takes part. */
export interface World {
  readonly clock: Clock;
  readonly network: SimulatedNetwork;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** Resolves when so much time of the simulation has passed. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Writes an event into the log, with its time. */
  readonly note: (event: string) => void;
}

/** How a simulation is run. */
export interface SimulateOptions extends SimulatedNetworkOptions {
  /** After how much time of the simulation a scenario counts as one that does not end. Default 3,600,000 ms. */
  readonly maxMs?: number | undefined;
}

/** What came of a simulation. */
export interface Simulated {
  readonly seed: number;
  /** What happened, in order, each with its time; the same for the same seed. */
  readonly log: readonly string[];
  /** Milliseconds of the simulation. */
  readonly ms: number;
}

/**
 * Plays a scenario with a clock that does not wait: whenever nothing is left to be done now, time moves to what is due next. Servers and
 * clients take the world's clock, network and chance; then the same seed gives the same run, event by event.
 *
 *     await simulate(seed, async ({ clock, network, random }) => {
 *       const server = createServer({ codec: textLines(), handler: echo(), clock });
 *       await server.listen(network.listener("echo"));
 *       …
 *     });
 *
 * @throws as a rejection what the scenario throws, and an Error if it does not end: both with the seed in their message.
 */
export async function simulate(
  seed: number,
  scenario: (world: World) => Promise<void>,
  options: SimulateOptions = {},
): Promise<Simulated> {
  const { maxMs = 3_600_000, ...network } = options;
  checkInteger("maxMs", maxMs, 1);
  const simulation = new Simulation(seed, network);
  await simulation.run(scenario, maxMs);
  return { seed, log: simulation.log, ms: simulation.clock.now() };
}

class Simulation implements World {
  readonly clock: ManualClock = manualClock();
  readonly network: SimulatedNetwork;
  readonly random: () => number;
  readonly log: string[] = [];
  readonly #seed: number;

  constructor(seed: number, network: SimulatedNetworkOptions) {
    this.#seed = seed;
    this.random = seededRandom(seed);
    this.network = simulatedNetwork(this, network);
  }

  // Scenarios take these out of the world: `{ sleep, note }`.
  readonly sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      this.clock.after(ms, resolve);
    });

  readonly note = (event: string): void => {
    this.log.push(`${this.clock.now().toFixed(3)} ${event}`);
  };

  async run(scenario: (world: World) => Promise<void>, maxMs: number): Promise<void> {
    let isOver = false;
    const through = scenario(this).finally(() => {
      isOver = true;
    });
    // Whoever awaits it below comes too late for a failure at once.
    through.catch(() => {});
    // All that follows from one event, promises included, is through before the next.
    for (await setImmediate(); !isOver; await setImmediate()) {
      if (this.clock.now() > maxMs) throw this.#failure(`has not ended after ${maxMs} ms`);
      if (!this.clock.advanceToNext())
        throw this.#failure("waits for something, and nothing is left to happen");
    }
    await through.catch((error: unknown) => {
      throw this.#failure("has failed", error);
    });
  }

  #failure(what: string, cause?: unknown): Error {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    return new Error(`The scenario ${what}${why} (seed ${this.#seed}, after ${this.log.length} events).`, {
      cause,
    });
  }
}
