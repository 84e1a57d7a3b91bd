import type { ByteStream, ByteStreamSink, Clock } from "@parley/core";
import { type Dial, type Listen, type Listener, socketListener, systemClock } from "@parley/transport";
import { type CompleteFaults, completeFaults, type Faults } from "./faults.ts";
import { type FaultCounts, FaultyWay, type FaultyWayHome } from "./faulty-way.ts";
import { seededRandom } from "./seeded-random.ts";

/** How a proxy treats what it carries. */
export interface FaultProxyOptions {
  /** What befalls which piece follows from it. */
  readonly seed: number;
  /** On the way to the server. Default none. */
  readonly up?: Faults | undefined;
  /** On the way back. Default none. */
  readonly down?: Faults | undefined;
  /** Where it listens. Default a free port of 127.0.0.1. */
  readonly listen?: Listen | undefined;
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Listens in a server's stead, and does to the bytes of each connection, between it and the server, what networks do: they come in other
 * pieces, late, slowly or not at all.
 *
 *     const proxy = await createFaultProxy(socketDial(url), { seed: 1, up: { maxPieceBytes: 3 }, down: { reset: 0.01 } });
 *     const connection = await connect(proxy.address, jsonLines());
 *     …
 *     await proxy.close();
 *
 * @param dial makes the connection to the server; one that cannot be made resets the client's.
 * @throws ParleyError `bad-option`, and what `listen` rejects with, as a rejection.
 */
export async function createFaultProxy(dial: Dial, options: FaultProxyOptions): Promise<FaultProxy> {
  const { seed, up, down, listen = socketListener("tcp://127.0.0.1:0"), clock = systemClock } = options;
  const proxy = new FaultProxy(dial, { up: completeFaults(up), down: completeFaults(down) }, seed, clock);
  await proxy.listen(listen);
  return proxy;
}

/** See {@link createFaultProxy}. */
export class FaultProxy {
  /** How often each fault has happened. */
  readonly counts: FaultCounts = { stall: 0, reset: 0, drop: 0, halfClose: 0 };
  readonly #dial: Dial;
  readonly #faults: { readonly up: CompleteFaults; readonly down: CompleteFaults };
  readonly #random: () => number;
  readonly #clock: Clock;
  readonly #connections = new Set<ProxiedConnection>();
  #listener: Listener | null = null;
  #isClosed = false;

  constructor(
    dial: Dial,
    faults: { readonly up: CompleteFaults; readonly down: CompleteFaults },
    seed: number,
    clock: Clock,
  ) {
    this.#dial = dial;
    this.#faults = faults;
    this.#random = seededRandom(seed);
    this.#clock = clock;
  }

  /** Where it listens, as a URL. */
  get address(): string {
    return (this.#listener as Listener).address;
  }

  /** How many connections it carries. */
  get connections(): number {
    return this.#connections.size;
  }

  async listen(listen: Listen): Promise<void> {
    this.#listener = await listen({ accept: (client) => void this.#carry(client), failed() {} });
  }

  /** Resets all connections. */
  reset(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** Resets all connections, and listens no longer. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#listener?.close();
    this.reset();
  }

  async #carry(client: ByteStream): Promise<void> {
    let server: ByteStream;
    try {
      server = await this.#dial();
    } catch {
      return client.destroy();
    }
    if (this.#isClosed) {
      client.destroy();
      return server.destroy();
    }
    const connection = new ProxiedConnection(client, server, this.#faults, {
      clock: this.#clock,
      random: this.#random,
      happened: (fault) => {
        this.counts[fault] += 1;
      },
      gone: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    connection.open();
  }
}

/** A client's connection and the one to the server that stands for it. */
class ProxiedConnection implements FaultyWayHome {
  readonly clock: Clock;
  readonly random: () => number;
  readonly happened: (fault: keyof FaultCounts) => void;
  readonly #client: ByteStream;
  readonly #server: ByteStream;
  readonly #up: FaultyWay;
  readonly #down: FaultyWay;
  readonly #gone: () => void;
  #closed = 0;

  constructor(
    client: ByteStream,
    server: ByteStream,
    faults: { readonly up: CompleteFaults; readonly down: CompleteFaults },
    home: Omit<FaultyWayHome, "reset"> & { gone(): void },
  ) {
    this.clock = home.clock;
    this.random = home.random;
    this.happened = home.happened;
    this.#gone = home.gone;
    this.#client = client;
    this.#server = server;
    this.#up = new FaultyWay(this, faults.up, client, server);
    this.#down = new FaultyWay(this, faults.down, server, client);
  }

  open(): void {
    this.#client.open(this.#sink(this.#up, this.#down));
    this.#server.open(this.#sink(this.#down, this.#up));
  }

  reset(): void {
    this.#up.close();
    this.#down.close();
    this.#client.destroy();
    this.#server.destroy();
  }

  /** One side's: what it sends goes the way `out`; what it is sent has come by `back`. */
  #sink(out: FaultyWay, back: FaultyWay): ByteStreamSink {
    return {
      received: (bytes) => out.received(bytes),
      ended: () => out.ended(),
      drained: () => back.drained(),
      closed: (error) => {
        this.#closed += 1;
        // An orderly end has come by its FINs; a reset is one for the other side, too.
        if (error !== undefined) this.reset();
        if (this.#closed === 2) this.#gone();
      },
    };
  }
}
