import { rpcCodes } from "../codes.ts";
import type { ValueCheck } from "../contract/compiled-contract.ts";
import type { IncomingCall } from "../engine/incoming-call.ts";
import type { ErrorObject } from "../engine/wire.ts";
import { RpcError } from "../rpc-error.ts";
import { abortedError } from "./aborted-error.ts";
import { ItemPump, type ItemSink } from "./item-pump.ts";
import type { ServiceHome } from "./service-home.ts";

/** The output of a served call: sent item by item as there is credit, or collected for who gave none. */
export class ServedOutput implements ItemSink {
  /** The items for who asked for no stream. */
  readonly collected: unknown[] = [];
  readonly #call: IncomingCall;
  readonly #home: ServiceHome;
  readonly #check: ValueCheck;
  readonly #pump: ItemPump;
  /** `last`: no more credit will come. */
  #state: "open" | "last" | "stopped" = "open";

  constructor(call: IncomingCall, home: ServiceHome, check: ValueCheck) {
    this.#call = call;
    this.#home = home;
    this.#check = check;
    this.#pump = new ItemPump(this, home.clock);
  }

  get ready(): boolean {
    return this.#call.credit === null || this.#call.credit > 0;
  }

  get stopped(): boolean {
    return this.#state === "stopped";
  }

  /**
   * Resolves with what `source` returned once all its items are sent. @throws what it throws, and if it was
   * stopped.
   */
  async run(source: unknown): Promise<unknown> {
    // A middleware may have made a promise of it.
    const items = await source;
    const returned = await this.#pump.run(items as AsyncIterable<unknown> | Iterable<unknown>);
    if (this.stopped) throw abortedError("The stream was stopped.");
    return returned;
  }

  /** There is more credit. */
  wake(): void {
    this.#pump.wake();
  }

  /** The caller says nothing any more: what it has given credit for is all that it gets. */
  remoteEnded(): void {
    if (this.#state === "open") this.#state = "last";
    this.#pump.wake();
  }

  starved(): void {
    if (this.#state === "last") this.#home.incoming.fail(this.#call, creditLost);
  }

  /** Nothing more is wanted. */
  stop(): void {
    this.#state = "stopped";
    this.#pump.wake();
  }

  send(item: unknown): boolean {
    const wire = this.#check.toWire(item, this.#home.channel.form);
    if (this.#call.credit !== null) return this.#home.incoming.output(this.#call, wire);
    const { maxCollected } = this.#home;
    if (this.collected.length >= maxCollected) {
      throw new RpcError(
        rpcCodes.streamLimit,
        `${this.#call.method} has more than the ${maxCollected} items that one answer may hold; ask for a stream, with credit in meta.`,
      );
    }
    this.collected.push(wire);
    return true;
  }

  writable(): Promise<void> {
    return this.#home.channel.writable();
  }
}

const creditLost: ErrorObject = {
  code: rpcCodes.cancelled,
  message:
    "The request was cancelled: its caller has ended its side of the connection, and given no credit for the next item.",
};
