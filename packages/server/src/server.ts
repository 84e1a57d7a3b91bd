import { checkInteger, ParleyError } from "@parley/core";
import { type Listen, type Listener, socketListener } from "@parley/transport";
import type { DrainReport } from "./drain.ts";
import { logEvents } from "./log-events.ts";
import { Reception, type ServerCounters } from "./reception.ts";
import { ServerEmitter } from "./server-events.ts";
import { type ServerOptions, type ServerSetup, serverSetup } from "./server-options.ts";

/**
 * A server of one protocol: `handler` serves every connection, `concurrency` and `backlog` decide how many. It listens
 * once `listen` is called.
 * @throws ParleyError `bad-option`; `unencodable` or `frame-too-long` for a `refusal` that the codec cannot express.
 */
export function createServer<In, Out = In, Data = unknown>(
  options: ServerOptions<In, Out, Data>,
): Server<In, Out, Data> {
  return new Server(serverSetup(options));
}

/** See {@link createServer}. */
export class Server<In, Out = In, Data = unknown> {
  /** What happens, as it happens. */
  readonly events: ServerEmitter = new ServerEmitter();
  readonly #setup: ServerSetup<In, Out, Data>;
  readonly #reception: Reception<In, Out, Data>;
  readonly #listeners: Listener[] = [];
  #closed: Promise<DrainReport> | null = null;

  constructor(setup: ServerSetup<In, Out, Data>) {
    this.#setup = setup;
    this.#reception = new Reception(setup, this.events);
    if (setup.logger !== undefined) logEvents(this.events, setup.logger);
  }

  /** Where it listens, as URLs with the real ports. */
  get addresses(): string[] {
    return this.#listeners.map((listener) => listener.address);
  }

  get counters(): ServerCounters {
    return this.#reception.counters;
  }

  /**
   * Listens at each of `places`: URLs such as `tcp://127.0.0.1:6666`, `tcp://[::1]:0` (any free port) or
   * `unix:///run/echo.sock`, or listeners of other kinds. All of them or none. Resolves with their URLs, real ports included.
   * @throws ParleyError `bad-address`, `address-in-use`, `listen-failed`; `closed` after `close`.
   */
  async listen(...places: (string | Listen)[]): Promise<string[]> {
    const begun: Listener[] = [];
    try {
      const listens = places.map((place) => (typeof place === "string" ? socketListener(place) : place));
      for (const listen of listens) begun.push(await this.#begin(listen));
      if (this.#closed !== null)
        throw new ParleyError("closed", "The server is closed; create another one to listen again.");
    } catch (error) {
      await Promise.all(begun.map((listener) => listener.close()));
      throw error;
    }
    this.#listeners.push(...begun);
    for (const { address } of begun) this.events.tell("listening", { address });
    return begun.map((listener) => listener.address);
  }

  /**
   * Drains: stops listening, ends idle connections at once, lets busy ones finish for up to `graceMs` (default the
   * option's), then cuts what is left. Called again it returns the same report.
   * @throws ParleyError `bad-option`.
   */
  close({ graceMs = this.#setup.graceMs }: { readonly graceMs?: number } = {}): Promise<DrainReport> {
    checkInteger("graceMs", graceMs, 0, 0x7fff_ffff);
    this.#closed ??= this.#drain(graceMs);
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #begin(listen: Listen): Promise<Listener> {
    let address = "";
    const listener = await listen({
      accept: (stream) => this.#reception.accept(stream),
      failed: (error) => this.events.tell("listener-error", { address, error }),
    });
    address = listener.address;
    return listener;
  }

  async #drain(graceMs: number): Promise<DrainReport> {
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
    this.events.tell("draining", { graceMs });
    const report = await this.#reception.drain(graceMs);
    this.events.tell("drained", { report });
    return report;
  }
}
