import { type Connection, checkInteger, ParleyError } from "@parley/core";
import type { EventName, Signature } from "@parley/rpc";
import type { Listen } from "@parley/transport";
import type { DrainReport } from "./drain.ts";
import { checkCanHandOver, type HandOverOptions, startSuccessor } from "./hand-over.ts";
import { Listeners } from "./listeners.ts";
import { logEvents } from "./log-events.ts";
import { tellReady } from "./readiness.ts";
import { Reception, type ServerCounters } from "./reception.ts";
import { withRequestEvents } from "./request-events.ts";
import type { RpcHandler } from "./rpc/rpc-handler.ts";
import { isRpc, type RpcServerOptions, rpcServerSetup } from "./rpc/rpc-server-options.ts";
import { ServerEmitter } from "./server-events.ts";
import { type ServerInfo, serverInfo } from "./server-info.ts";
import { type ServerOptions, type ServerSetup, serverSetup } from "./server-options.ts";

/** Any handler but those of `serve`. */
interface NotRpc {
  readonly handler: { readonly contract?: never };
}

/**
 * A server of one protocol: `handler` serves every connection, `concurrency` and `backlog` decide how many. It listens
 * once `listen` is called.
 * @throws ParleyError `bad-option`; `unencodable` or `frame-too-long` for a `refusal` that the codec cannot express.
 */
export function createServer<In, Out = In, Data = unknown>(
  options: ServerOptions<In, Out, Data> & NotRpc,
): Server<In, Out, Data>;
/**
 * A server of a contract, by a handler that `serve` returns: without a `codec` its callers may speak any of several.
 * @throws as above.
 */
export function createServer<S extends Signature>(options: RpcServerOptions<S>): RpcServer<S>;
export function createServer<In, Out, Data>(
  options: ServerOptions<In, Out, Data> | RpcServerOptions<Signature>,
): Server<In, Out, Data> | RpcServer<Signature> {
  return isRpc(options)
    ? new RpcServer(options.handler, rpcServerSetup(options))
    : new Server(serverSetup(options));
}

/** How long those that had just been accepted when the listeners were handed over may take to send something. */
const newcomerMs = 1_000;

/** What has come of a hand-over. */
export interface HandOver {
  /** The process that listens now. */
  readonly pid: number;
  /** What became of the connections here. */
  readonly report: DrainReport;
}

/** See {@link createServer}. */
export class Server<In, Out = In, Data = unknown> {
  /** What happens, as it happens. */
  readonly events: ServerEmitter = new ServerEmitter();
  readonly #setup: ServerSetup<In, Out, Data>;
  readonly #reception: Reception<In, Out, Data>;
  readonly #listeners: Listeners;
  #closed: Promise<DrainReport> | null = null;
  #handingOver: { readonly result: Promise<HandOver>; readonly abandon: AbortController } | null = null;

  constructor(setup: ServerSetup<In, Out, Data>) {
    const { handler, requestEvents, clock, logger } = setup;
    this.#setup =
      requestEvents && typeof handler === "object"
        ? { ...setup, handler: withRequestEvents(handler, this.events, clock) }
        : setup;
    this.#reception = new Reception(this.#setup, this.events);
    this.#listeners = new Listeners(this.events, this.#reception);
    if (logger !== undefined) logEvents(this.events, logger);
  }

  /** Where it listens, as URLs with the real ports. */
  get addresses(): string[] {
    return this.#listeners.spans.map(({ address }) => address);
  }

  get counters(): ServerCounters {
    return this.#reception.counters;
  }

  /** The server as it is at this moment, as plain data. */
  info(): ServerInfo {
    const state = this.#closed !== null ? "closed" : this.#listeners.state;
    return serverInfo(state, this.#setup, this.#listeners.spans, this.counters);
  }

  /** Its connections at this moment: those that are served, then those that wait. */
  connections(): Connection<In, Out, Data>[] {
    return [...this.#reception.connections()];
  }

  /**
   * Listens at each of `places`: URLs such as `tcp://127.0.0.1:6666`, `tcp://[::1]:0` (any free port),
   * `unix:///run/echo.sock` or `udp://0.0.0.0:6666`, or listeners of other kinds. All of them or none. Resolves with their URLs,
   * real ports included.
   * @throws ParleyError `bad-address`, `address-in-use`, `listen-failed`; `closed` after `close`.
   */
  async listen(...places: (string | Listen)[]): Promise<string[]> {
    const spans = await this.#listeners.listen(places, () => this.#checkNotClosed());
    tellReady();
    return spans.map(({ address }) => address);
  }

  /**
   * Stops listening until `resume`: new connections are refused by the system, those that exist go on. Resolves once every address
   * is free; while a hand-over is under way, which it does not undo, once that is through. Descriptors that were inherited are closed with it, and cannot be listened at again.
   */
  async suspend(): Promise<void> {
    await this.#listeners.suspend();
  }

  /**
   * Listens again where it did before `suspend`, at the same ports.
   * @throws ParleyError `address-in-use`, `listen-failed`; it is still suspended then. `closed` after `close`.
   */
  async resume(): Promise<void> {
    await this.#listeners.resume(() => this.#checkNotClosed());
  }

  /**
   * Hands over to a new process, by default of this same program, with no connection lost: it is started with the descriptors of all
   * listeners, and once it listens at them this server closes as by `close`. The new process does nothing else than to call `listen` with
   * the same URLs as written here. Resolves when this server is drained; called while it is at it, with the same.
   * @throws ParleyError `hand-over-failed`, and this server goes on, also if it is suspended or does not listen yet; `bad-option`;
   * `closed` after `close`, and if it is called before the new process listens, which is ended then.
   */
  async handOver(options: HandOverOptions = {}): Promise<HandOver> {
    const { graceMs = this.#setup.graceMs } = options;
    checkInteger("graceMs", graceMs, 0, 0x7fff_ffff);
    if (this.#handingOver !== null) return this.#handingOver.result;
    this.#checkNotClosed();
    checkCanHandOver();
    const abandon = new AbortController();
    const result = this.#handOver(options, graceMs, abandon.signal).finally(() => {
      this.#handingOver = null;
    });
    this.#handingOver = { result, abandon };
    return result;
  }

  /**
   * Drains: stops listening, ends idle connections at once, lets busy ones finish for up to `graceMs` (default the
   * option's), then cuts what is left. Called again it returns the same report.
   * @throws ParleyError `bad-option`.
   */
  close({ graceMs = this.#setup.graceMs }: { readonly graceMs?: number } = {}): Promise<DrainReport> {
    checkInteger("graceMs", graceMs, 0, 0x7fff_ffff);
    if (this.#closed === null) {
      this.#closed = this.#drain(graceMs);
      this.#handingOver?.abandon.abort();
    }
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkNotClosed(): void {
    if (this.#closed === null) return;
    throw new ParleyError("closed", "The server is closed; create another one to listen again.");
  }

  async #handOver(options: HandOverOptions, graceMs: number, signal: AbortSignal): Promise<HandOver> {
    const pid = await this.#listeners.handOver(async (inheritables) => {
      const pid = await startSuccessor(inheritables, options, signal);
      // Before anybody is told: who then closes this server must not end what the successor listens at.
      this.#closed ??= this.#drain(graceMs, true);
      this.events.tell("handed-over", { pid });
      return pid;
    });
    return { pid, report: await (this.#closed as Promise<DrainReport>) };
  }

  async #drain(graceMs: number, handedOver = false): Promise<DrainReport> {
    await this.#listeners.close();
    this.events.tell("draining", { graceMs });
    const report = await this.#reception.drain(graceMs, handedOver ? newcomerMs : 0);
    this.events.tell("drained", { report });
    return report;
  }
}

/** A {@link Server} of a contract. */
export class RpcServer<S extends Signature> extends Server<unknown> {
  readonly #handler: RpcHandler<S>;

  constructor(handler: RpcHandler<S>, setup: ServerSetup<unknown, unknown, unknown>) {
    super(setup);
    this.#handler = handler;
  }

  /**
   * Sends an event to every connection that has subscribed to it; returns how many that were. Of a handler that serves several servers
   * those of all of them.
   * @throws as `emit` of the handler.
   */
  emit<E extends EventName<S>>(event: E, payload: S["events"][E]["given"]): number {
    return this.#handler.emit(event, payload);
  }
}
