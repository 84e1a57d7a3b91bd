import type { Clock } from "@parley/core";
import type { ValueCheck } from "../contract/compiled-contract.ts";
import type { OutgoingCall } from "../engine/outgoing-call.ts";
import type { OutgoingCalls } from "../engine/outgoing-calls.ts";
import { sentValue } from "./checked-value.ts";
import { ItemPump, type ItemSink } from "./item-pump.ts";
import type { MessageChannel } from "./message-channel.ts";

/**
 * The input of a call on its way out: begun when the other side first asks for it, ended with it or with the call.
 */
export class PendingInput implements ItemSink {
  readonly #call: OutgoingCall;
  readonly #outgoing: OutgoingCalls;
  readonly #channel: MessageChannel;
  readonly #check: ValueCheck;
  readonly #pump: ItemPump;
  /** Until it is begun. */
  #source: AsyncIterable<unknown> | Iterable<unknown> | null;

  constructor(
    call: OutgoingCall,
    outgoing: OutgoingCalls,
    channel: MessageChannel,
    check: ValueCheck,
    source: AsyncIterable<unknown> | Iterable<unknown>,
    clock: Clock,
  ) {
    this.#call = call;
    this.#outgoing = outgoing;
    this.#channel = channel;
    this.#check = check;
    this.#source = source;
    this.#pump = new ItemPump(this, clock);
  }

  get ready(): boolean {
    return this.#call.inputCredit > 0;
  }

  get stopped(): boolean {
    return this.#call.state === "settled";
  }

  /** The other side is ready for more. */
  wanted(): void {
    const source = this.#source;
    if (source === null) return this.#pump.wake();
    this.#source = null;
    void this.#run(source);
  }

  /** The call is settled. */
  over(): void {
    this.#pump.wake();
  }

  starved(): void {}

  send(item: unknown): boolean {
    const { method } = this.#call;
    const wire = sentValue("an item of the input of", method, this.#check, item, this.#channel.form);
    return this.#outgoing.sendInput(this.#call, wire);
  }

  writable(): Promise<void> {
    return this.#channel.writable();
  }

  async #run(source: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
    try {
      await this.#pump.run(source);
      this.#outgoing.endInput(this.#call);
    } catch (error) {
      this.#outgoing.cancel(this.#call, error);
    }
  }
}
