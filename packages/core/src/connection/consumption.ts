import { ParleyError } from "../error.ts";
import type { TooLong } from "../frame-codec.ts";
import type { AnyHandler, ConnectionFunction } from "../handler.ts";
import { Callbacks, type CallbacksOwner } from "./callbacks.ts";
import { ClosedError, type CloseReason, isOrderly } from "./close-reason.ts";
import type { Connection } from "./connection.ts";
import type { Hold } from "./hold.ts";
import type { Inbound } from "./inbound.ts";
import type { MessageConsumer } from "./message-consumer.ts";
import { MessageQueue, type MessageSource } from "./message-queue.ts";

/** The connection whose messages are consumed. */
export interface ConsumptionOwner<In, Out, Data>
  extends Connection<In, Out, Data>,
    CallbacksOwner,
    MessageSource {
  /** There was not a byte of input, and that was known before anybody could be told. */
  inputFinished(): void;
  readonly isLeaving: boolean;
}

/** Who takes a connection's messages: callbacks, which may hand over to other ones, or an iteration. */
export class Consumption<In, Out, Data> {
  readonly #owner: ConsumptionOwner<In, Out, Data>;
  readonly #inbound: Inbound<In>;
  #consumer: MessageConsumer<In> | null = null;
  /** The callbacks that were opened last, and those before them: all are to be told of the end. */
  #callbacks: Callbacks<In, Out, Data> | null = null;
  #former: Callbacks<In, Out, Data>[] | null = null;

  constructor(owner: ConsumptionOwner<In, Out, Data>, inbound: Inbound<In>) {
    this.#owner = owner;
    this.#inbound = inbound;
  }

  /** Whether nobody consumes yet. */
  get isFree(): boolean {
    return this.#consumer === null;
  }

  /** Whether no message is being handled. */
  get idle(): boolean {
    return this.#consumer?.idle !== false;
  }

  get iterates(): boolean {
    return this.#consumer instanceof MessageQueue;
  }

  /** Whether a function is at work that closes the connection when it is through. */
  get runsFunction(): boolean {
    return this.iterates && this.endsConnection;
  }

  /** Whether the consumer itself ends the connection after the other side's FIN. */
  get endsConnection(): boolean {
    return this.#consumer?.endsConnection === true;
  }

  /** Whether no callback's promise is pending, of those that were replaced neither. */
  get allSettled(): boolean {
    return this.#callbacks?.idle !== false && (this.#former ?? []).every((callbacks) => callbacks.idle);
  }

  /** @throws ParleyError `in-use` where callbacks take the messages. */
  iterate(): AsyncIterator<In, undefined> {
    if (this.#consumer === null) this.#begin(new MessageQueue<In>(this.#owner, false), "none");
    if (this.#consumer instanceof MessageQueue) return this.#consumer;
    throw new ParleyError(
      "in-use",
      "A handler takes this connection's messages; iterate in its place, not beside it.",
    );
  }

  /** Hands the messages to `handler` from now on. */
  take(handler: AnyHandler<In, Out, Data>): void {
    if (typeof handler === "function") return this.#run(handler);
    const callbacks = new Callbacks<In, Out, Data>(handler, this.#owner);
    if (this.#callbacks !== null) {
      this.#former ??= [];
      this.#former.push(this.#callbacks);
    }
    this.#callbacks = callbacks;
    this.#consumer = callbacks;
    const hold = callbacks.open();
    // It may have handed over to another handler already.
    if (this.#consumer === callbacks) this.#begin(callbacks, hold);
  }

  skipped(fault: TooLong): void {
    this.#consumer?.skipped(fault);
  }

  ended(): void {
    this.#consumer?.ended();
  }

  drain(): void {
    this.#consumer?.drain();
  }

  /** There is room for answers again. */
  deliver(): void {
    if (this.#consumer instanceof MessageQueue) this.#consumer.deliver();
  }

  /** Ends an iteration; answers whether what iterates then ends the connection itself. */
  finish(): boolean {
    if (!(this.#consumer instanceof MessageQueue)) return false;
    this.#consumer.finish();
    return this.#consumer.endsConnection;
  }

  /** Tells those whose callbacks were opened. If one of them destroys it, `closed` tells the others. */
  closing(reason: CloseReason): void {
    if (this.#former !== null)
      for (const callbacks of this.#former) if (this.#owner.state === "closing") callbacks.closing(reason);
    if (this.#owner.state === "closing") this.#callbacks?.closing(reason);
  }

  closed(reason: CloseReason): void {
    // An error costs more than all else that closing does: it is made only for who iterates.
    if (this.#consumer instanceof MessageQueue)
      this.#consumer.finish(isOrderly(reason) ? undefined : new ClosedError(reason));
    if (this.#former !== null) for (const callbacks of this.#former) callbacks.closed(reason);
    this.#callbacks?.closed(reason);
  }

  #run(run: ConnectionFunction<In, Out, Data>): void {
    this.#begin(new MessageQueue<In>(this.#owner, true), "none");
    const running = async () => {
      await run(this.#owner);
      await this.#owner.close();
    };
    running().catch((error: unknown) => this.#owner.failed(error));
  }

  #begin(consumer: MessageConsumer<In>, hold: Hold): void {
    const { finished } = this.#inbound;
    this.#consumer = consumer;
    this.#inbound.begin(consumer, hold);
    if (finished && !this.#owner.isLeaving) this.#owner.inputFinished();
  }
}
