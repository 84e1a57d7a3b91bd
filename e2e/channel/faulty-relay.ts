import { setTimeout } from "node:timers/promises";
import { connect } from "@parley/client";
import { type Connection, textLines } from "@parley/core";
import { createServer, type Server } from "@parley/server";

/** How often, of 1, each fault befalls a line on its way to the client. */
export interface Faults {
  /** Both connections are reset in its place. */
  readonly reset: number;
  /** It is held back for `holdMs`, and so overtaken by those behind it. */
  readonly hold: number;
  readonly holdMs: number;
  /** It is sent twice. */
  readonly duplicate: number;
  /** It changes places with the next. */
  readonly swap: number;
}

/** What stands between clients and a server that speak lines, and does to the server's what networks do, and worse. */
export class FaultyRelay {
  /** How many of each have happened. */
  readonly counts = { reset: 0, hold: 0, duplicate: 0, swap: 0 };
  readonly #server: Server<string>;
  readonly #faults: Faults;
  readonly #chance: () => number;

  constructor(upstream: string, faults: Faults, chance: () => number) {
    this.#faults = faults;
    this.#chance = chance;
    this.#server = createServer({
      codec: textLines(),
      handler: (connection) => this.#relay(connection, upstream),
    });
  }

  async listen(): Promise<string> {
    const [url] = await this.#server.listen("tcp://127.0.0.1:0");
    return url as string;
  }

  async close(): Promise<void> {
    await this.#server.close({ graceMs: 0 });
  }

  async #relay(client: Connection<string>, upstream: string): Promise<void> {
    const service = await connect(upstream, textLines());
    const down = this.#down(service, client).finally(() => client.destroy());
    try {
      for await (const line of client) service.send(line);
      service.end();
      await down;
    } catch {
      // A reset, by one of the faults or by the client: the other side gets one too.
      service.destroy();
    }
  }

  async #down(service: Connection<string>, client: Connection<string>): Promise<void> {
    let swapped: string | null = null;
    for await (const line of service) {
      if (this.#happens("reset")) return service.destroy();
      if (swapped === null && this.#happens("swap")) {
        swapped = line;
        continue;
      }
      if (this.#happens("hold")) void this.#sendLate(client, line);
      else client.send(line);
      if (this.#happens("duplicate")) client.send(line);
      if (swapped !== null) client.send(swapped);
      swapped = null;
    }
    if (swapped !== null) client.send(swapped);
    await client.close();
  }

  async #sendLate(client: Connection<string>, line: string): Promise<void> {
    await setTimeout(this.#faults.holdMs);
    if (client.state === "open") client.send(line);
  }

  #happens(fault: keyof FaultyRelay["counts"]): boolean {
    if (this.#chance() >= this.#faults[fault]) return false;
    this.counts[fault] += 1;
    return true;
  }
}
