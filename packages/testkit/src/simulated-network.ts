import { checkInteger, withDefaults } from "@parley/core";
import type { ManualClock } from "./manual-clock.ts";
import { addressOf, type MemoryNetwork, networkOf } from "./memory-network.ts";
import { joinedStreams, type MemoryPair } from "./memory-stream.ts";

/** How a simulated network treats what it carries. */
export interface SimulatedNetworkOptions {
  /** How long a chunk is under way at the most, in milliseconds of the simulation; how long each is, chance says. Default 20. */
  readonly maxLatencyMs?: number | undefined;
  /** Bytes that each direction takes beyond what was read. Default 64 KiB. */
  readonly capacityBytes?: number | undefined;
}

const defaults = Object.freeze({ maxLatencyMs: 20, capacityBytes: 64 * 1024 });
/** How a connection cuts what it carries into chunks: one of these, by chance. */
const chunkSizes: readonly number[] = [1, 3, 16, 100, 1_460, 64 * 1024];

/** A network in memory on a simulation's clock: chunks take their time, and what befalls networks is for the scenario to say. */
export interface SimulatedNetwork extends MemoryNetwork {
  /** From now on nothing gets to or from who listens at `name`, until `heal`; neither side is told. */
  partition(name: string): void;
  /** What was held up arrives, in its order. */
  heal(name: string): void;
  /** Resets connections to `name`, each with this probability, or all. Answers how many that were. */
  reset(name: string, probability?: number): number;
}

/** What a simulation gives its network. */
export interface NetworkHome {
  readonly clock: ManualClock;
  random(): number;
  note(event: string): void;
}

/** @throws ParleyError `bad-option`. */
export function simulatedNetwork(home: NetworkHome, options: SimulatedNetworkOptions = {}): SimulatedNetwork {
  const { maxLatencyMs, capacityBytes } = withDefaults<Required<SimulatedNetworkOptions>>(
    defaults,
    options,
  ) as {
    maxLatencyMs: number;
    capacityBytes: number;
  };
  checkInteger("maxLatencyMs", maxLatencyMs, 0);
  checkInteger("capacityBytes", capacityBytes, 1);
  const places = new Map<string, Place>();
  const placeOf = (address: string): Place => {
    let place = places.get(address);
    if (place === undefined) {
      place = new Place(address, home, maxLatencyMs);
      places.set(address, place);
    }
    return place;
  };
  const network = networkOf({
    join(near, far) {
      const chunkBytes = chunkSizes[Math.floor(home.random() * chunkSizes.length)] as number;
      return placeOf(far).joined(near, { capacityBytes, chunkBytes });
    },
    arrive: (address, task) => placeOf(address).deliver(task),
  });
  return {
    ...network,
    partition: (name) => placeOf(addressOf(name)).partition(),
    heal: (name) => placeOf(addressOf(name)).heal(),
    reset: (name, probability = 1) => placeOf(addressOf(name)).reset(probability),
  };
}

/** Somewhere to listen at, and the connections there. */
class Place {
  readonly #address: string;
  readonly #home: NetworkHome;
  readonly #maxLatencyMs: number;
  readonly #connections = new Map<string, MemoryPair>();
  /** What is held up by a partition; null if there is none. */
  #held: (() => void)[] | null = null;

  constructor(address: string, home: NetworkHome, maxLatencyMs: number) {
    this.#address = address;
    this.#home = home;
    this.#maxLatencyMs = maxLatencyMs;
  }

  joined(near: string, limits: { capacityBytes: number; chunkBytes: number }): MemoryPair {
    const pair = joinedStreams(limits, (task) => this.deliver(task), near, this.#address);
    this.#connections.set(near, pair);
    this.#home.note(`${near} connects, in chunks of ${limits.chunkBytes} bytes`);
    return pair;
  }

  deliver(task: () => void): void {
    this.#home.clock.after(this.#home.random() * this.#maxLatencyMs, () => {
      if (this.#held === null) task();
      else this.#held.push(task);
    });
  }

  partition(): void {
    if (this.#held !== null) return;
    this.#home.note(`${this.#address} is cut off`);
    this.#held = [];
  }

  heal(): void {
    const held = this.#held;
    if (held === null) return;
    this.#home.note(`${this.#address} is back, with ${held.length} deliveries held up`);
    this.#held = null;
    for (const task of held) this.deliver(task);
  }

  reset(probability: number): number {
    let count = 0;
    for (const [near, pair] of this.#connections) {
      if (this.#home.random() >= probability) continue;
      this.#connections.delete(near);
      this.#home.note(`${near} is reset`);
      // Each end finds out by itself: neither side has done it.
      pair.near.destroy();
      count += 1;
    }
    return count;
  }
}
