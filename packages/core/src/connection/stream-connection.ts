import type { ByteStream, ByteStreamSink } from "../byte-stream.ts";
import type { Cancel, Clock } from "../clock.ts";
import { type Codec, checkEncoded, type Encoded, encodeInto } from "../codec.ts";
import { ParleyError } from "../error.ts";
import type { Fault, TooLong } from "../frame-codec.ts";
import { FrameTooLongError } from "../frame-too-long.ts";
import type { AnyHandler, ConnectionFunction, Handler } from "../handler.ts";
import { Callbacks, type CallbacksOwner } from "./callbacks.ts";
import { ClosedError, type CloseReason, isOrderly } from "./close-reason.ts";
import type { Connection, ConnectionCounters } from "./connection.ts";
import { type Hold, Inbound, type InboundOwner } from "./inbound.ts";
import type { MessageConsumer } from "./message-consumer.ts";
import { MessageQueue, type MessageSource } from "./message-queue.ts";
import type { ConnectionOptions } from "./options.ts";
import { Outbound, type OutboundOwner } from "./outbound.ts";
import { type ConnectionState, mayWrite, transitions } from "./state.ts";

/** Who made a connection and wants to know what becomes of it. */
export interface ConnectionObserver<C = unknown> {
  /** Once per connection, after the handler was told. */
  closed(connection: C, reason: CloseReason): void;
  /** A callback threw or its promise was rejected; also after the connection is closed. */
  handlerFailed(connection: C, error: unknown): void;
  /** A frame that was too long was passed over. */
  skipped?(connection: C, fault: TooLong): void;
}

/** What a {@link StreamConnection} is made of. */
export interface ConnectionSetup<In, Out, Data> {
  readonly id: string;
  readonly stream: ByteStream;
  readonly codec: Codec<In, Out>;
  readonly clock: Clock;
  /** As `connectionOptions` returns them. */
  readonly options: Readonly<Required<ConnectionOptions>>;
  readonly observer?: ConnectionObserver<StreamConnection<In, Out, Data>>;
}

/**
 * The connection over a byte stream. Beside what its users see (`Connection`) it has what its maker does with it: it
 * begins in `opening`, may `wait`, may be `refuse`d, is served by `open` and `handle`, and is told to `drain`.
 */
export class StreamConnection<In, Out = In, Data = unknown>
  implements
    Connection<In, Out, Data>,
    ByteStreamSink,
    InboundOwner,
    OutboundOwner,
    CallbacksOwner,
    MessageSource
{
  data: Data = undefined as Data;
  readonly id: string;
  readonly #setup: ConnectionSetup<In, Out, Data>;
  #codec: Codec<In, Out>;
  readonly #inbound: Inbound<In>;
  readonly #outbound: Outbound;
  #state: ConnectionState = "opening";
  #consumer: MessageConsumer<In> | null = null;
  /** Every handler that was opened, to be told of the end. */
  readonly #opened: Callbacks<In, Out, Data>[] = [];
  #messagesOut = 0;
  #closingFor: CloseReason | null = null;
  /** The byte stream is gone in good order, but messages that it brought are still being handled. */
  #streamGone = false;
  #cancelDeadline: Cancel | null = null;
  #abort: AbortController | null = null;
  #closeWaiters: ((reason: CloseReason) => void)[] = [];

  constructor(setup: ConnectionSetup<In, Out, Data>) {
    const { stream, codec, clock, options } = setup;
    this.id = setup.id;
    this.#setup = setup;
    this.#codec = codec;
    this.#inbound = new Inbound(stream, codec, options.waitingReadAheadBytes, this);
    this.#outbound = new Outbound(stream, clock, options, this);
    stream.open(this);
  }

  // What its users see

  get state(): ConnectionState {
    return this.#state;
  }

  get localAddress(): string {
    return this.#setup.stream.localAddress;
  }

  get remoteAddress(): string {
    return this.#setup.stream.remoteAddress;
  }

  get counters(): ConnectionCounters {
    return {
      bytesIn: this.#inbound.bytes,
      bytesOut: this.#outbound.bytes,
      messagesIn: this.#inbound.messages,
      messagesOut: this.#messagesOut,
      bufferedBytes: this.#outbound.bufferedBytes,
    };
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#state === "closed") this.#abort.abort(this.#closedError());
    }
    return this.#abort.signal;
  }

  send(message: Out): boolean {
    if (!mayWrite(this.#state)) throw this.#closedError();
    const { buffer } = this.#outbound;
    const at = buffer.at;
    encodeInto(this.#codec, message, buffer);
    return this.#queued(at, 1);
  }

  sendEncoded(encoded: Encoded): boolean {
    if (!mayWrite(this.#state)) throw this.#closedError();
    checkEncoded(encoded, this.#codec);
    const { buffer } = this.#outbound;
    const at = buffer.at;
    buffer.reserve(encoded.bytes.length);
    buffer.bytes.set(encoded.bytes, at);
    buffer.at = at + encoded.bytes.length;
    return this.#queued(at, encoded.messages);
  }

  writable(): Promise<void> {
    return mayWrite(this.#state) ? this.#outbound.writable() : Promise.reject(this.#closedError());
  }

  flushed(): Promise<void> {
    if (this.#state === "closed" && this.#outbound.bufferedBytes > 0)
      return Promise.reject(this.#closedError());
    return this.#outbound.flushed();
  }

  end(): void {
    if (this.#state === "open") {
      this.#become("local-ended");
      this.#outbound.end();
      this.#advance();
    } else if (mayWrite(this.#state)) this.#leave(this.#natural());
  }

  close(): Promise<CloseReason> {
    if (this.#state !== "closed") this.#leave(this.#natural());
    return this.whenClosed;
  }

  destroy(reason: CloseReason = { by: "local", kind: "destroyed" }): void {
    if (this.#state === "closed") return;
    const sentAll = this.#closingFor !== null && this.#outbound.bufferedBytes === 0;
    this.#setup.stream.destroy();
    this.#close(sentAll ? (this.#closingFor as CloseReason) : reason);
  }

  switchCodec<NewIn, NewOut>(
    codec: Codec<NewIn, NewOut>,
    handler?: AnyHandler<NewIn, NewOut, Data>,
    unread?: Uint8Array,
  ): Connection<NewIn, NewOut, Data> {
    if (this.#closingFor !== null) throw this.#closedError();
    if (handler !== undefined && this.#consumer instanceof MessageQueue) {
      throw new ParleyError(
        "in-use",
        "An iteration takes this connection's messages; change the codec without a handler.",
      );
    }
    // From here on it is a connection of other messages.
    const switched = this as unknown as StreamConnection<NewIn, NewOut, Data>;
    switched.#inbound.switchCodec(codec, unread ?? null);
    switched.#codec = codec;
    if (handler !== undefined) switched.#take(handler);
    switched.#inbound.readOn();
    return switched;
  }

  [Symbol.asyncIterator](): AsyncIterator<In, undefined> {
    if (this.#consumer === null) this.#begin(new MessageQueue<In>(this, false), "none");
    if (this.#consumer instanceof MessageQueue) return this.#consumer;
    throw new ParleyError(
      "in-use",
      "A handler takes this connection's messages; iterate in its place, not beside it.",
    );
  }

  // What its maker does with it

  /** Resolves with the reason once closed. */
  get whenClosed(): Promise<CloseReason> {
    if (this.#state === "closed") return Promise.resolve(this.#closingFor as CloseReason);
    return new Promise((resolve) => this.#closeWaiters.push(resolve));
  }

  /** It has come as far as the backlog. */
  wait(): void {
    this.#become("waiting");
  }

  /** It may be used from now on. */
  open(): void {
    this.#become("open");
    this.#inbound.setReadAhead(this.#setup.options.readAheadBytes);
    if (this.#inbound.ended) this.#become("remote-ended");
  }

  /**
   * Names who takes the messages: callbacks, or a function that iterates.
   * @throws ParleyError `in-use` if somebody does already.
   */
  handle(handler: AnyHandler<In, Out, Data>): void {
    if (this.#consumer !== null) {
      throw new ParleyError(
        "in-use",
        "Somebody already takes this connection's messages; it can have one handler.",
      );
    }
    this.#take(handler);
  }

  /** Turns it away: with `word`, a FIN and a linger, or with a reset if there is no word. */
  refuse(reason: CloseReason, word?: Encoded): void {
    if (word === undefined) return this.destroy(reason);
    const { buffer } = this.#outbound;
    buffer.reserve(word.bytes.length);
    buffer.bytes.set(word.bytes, buffer.at);
    buffer.at += word.bytes.length;
    this.#leave(reason);
  }

  /** Finish what is in flight, take nothing new. Answers whether anything was in flight. */
  drain(): boolean {
    const busy = !this.#idle || this.#inbound.unhandledBytes > 0 || this.#outbound.bufferedBytes > 0;
    if (this.#state === "open") {
      this.#become("draining");
      this.#inbound.drain();
      this.#consumer?.drain();
    }
    this.#advance();
    return busy;
  }

  // What its parts tell it

  get heldBack(): boolean {
    return this.#outbound.full && this.#setup.options.holdBackWhenFull;
  }

  received(bytes: Uint8Array): void {
    this.#inbound.received(bytes);
    if (this.#state !== "open") this.#advance();
  }

  ended(): void {
    if (this.#state === "open" || this.#state === "draining") this.#become("remote-ended");
    this.#inbound.end();
    this.#advance();
  }

  drained(): void {
    this.#outbound.drained();
  }

  closed(error?: Error & { readonly code?: string }): void {
    if (this.#state === "closed") return;
    if (error === undefined && this.#state === "local-ended" && this.#inbound.ended) {
      this.#streamGone = true;
      this.#advance();
    } else if (this.#closingFor !== null && (error === undefined || this.#outbound.bufferedBytes === 0)) {
      this.#close(this.#closingFor);
    } else this.#close({ by: "remote", kind: "reset", code: error?.code ?? "ECONNRESET" });
  }

  fault(fault: Fault): void {
    if (fault.kind === "malformed") return this.#leave({ by: "local", kind: "malformed", why: fault.why });
    const { limit, actual } = fault;
    this.#leave({ by: "local", kind: "frame-too-long", limit, ...(actual === undefined ? {} : { actual }) });
  }

  skipped(fault: TooLong): void {
    this.#consumer?.skipped(fault);
    this.#setup.observer?.skipped?.(this, fault);
  }

  undecodable(error: unknown): void {
    if (error instanceof FrameTooLongError) {
      const { limit, actual } = error;
      this.fault({
        kind: "too-long",
        limit,
        ...(actual === undefined ? {} : { actual }),
        recoverable: false,
      });
    } else if (error instanceof ParleyError) this.fault({ kind: "malformed", why: error.message });
    else this.failed(error);
  }

  inputFinished(): void {
    this.#consumer?.ended();
    this.#advance();
  }

  settled(): void {
    if (this.heldBack) this.#inbound.holdFor("outbound");
    else this.#inbound.release("handler");
    if (this.#state !== "open") this.#advance();
  }

  failed(error: unknown): void {
    // Work that comes upon the connection's own end is not at fault.
    if (error instanceof ClosedError && this.#closingFor !== null) return;
    if (error instanceof ParleyError && error.code === "malformed" && error.blame === "remote")
      return this.undecodable(error);
    this.#setup.observer?.handlerFailed(this, error);
    this.#leave({ by: "local", kind: "handler-error", error });
  }

  writableAgain(): void {
    this.#inbound.release("outbound");
    if (this.#consumer instanceof MessageQueue) this.#consumer.deliver();
  }

  progressed(): void {
    if (this.#state === "closing") this.#setDeadline();
    else this.#advance();
  }

  asked(): void {
    this.#inbound.release("iteration");
    if (this.#state !== "open") this.#advance();
  }

  // How it gets on

  #begin(consumer: MessageConsumer<In>, hold: Hold): void {
    this.#consumer = consumer;
    this.#inbound.begin(consumer, hold);
    if (this.#inbound.finished) this.inputFinished();
  }

  #take(handler: AnyHandler<In, Out, Data>): void {
    if (typeof handler === "function") this.#handleByFunction(handler);
    else this.#handleByCallbacks(handler);
  }

  #handleByCallbacks(handler: Handler<In, Out, Data>): void {
    const callbacks = new Callbacks<In, Out, Data>(handler, this, this);
    this.#consumer = callbacks;
    this.#opened.push(callbacks);
    this.#begin(callbacks, callbacks.open());
  }

  #handleByFunction(run: ConnectionFunction<In, Out, Data>): void {
    this.#begin(new MessageQueue<In>(this, true), "none");
    const running = async () => {
      await run(this);
      await this.close();
    };
    running().catch((error: unknown) => this.failed(error));
  }

  #queued(at: number, messages: number): boolean {
    this.#messagesOut += messages;
    const outbound = this.#outbound;
    outbound.queued(at);
    if (!outbound.full) return true;
    const limit = Math.max(this.#setup.options.maxBufferedBytes, 2 * this.#codec.frame.maxFrameBytes);
    const buffered = outbound.bufferedBytes;
    if (buffered > limit) this.destroy({ by: "local", kind: "slow-consumer", limit, buffered });
    return false;
  }

  /** Leaves a state in which only the rest is waited for, if there is no rest. */
  #advance(): void {
    if (!this.#idle) return;
    const { finished, unhandledBytes } = this.#inbound;
    const consumer = this.#consumer;
    if (this.#state === "draining") {
      if (unhandledBytes > 0) return;
      if (consumer instanceof MessageQueue) {
        consumer.finish();
        if (consumer.endsConnection) return;
      }
      this.#leave(this.#natural());
    } else if (this.#state === "remote-ended" || this.#state === "local-ended") {
      if (finished && consumer?.endsConnection !== true) this.#leave(this.#natural());
    }
  }

  /** Whether no message is being handled, or held back from being handled. */
  get #idle(): boolean {
    const { hold } = this.#inbound;
    return (hold === "none" || hold === "consumer" || hold === "stopped") && this.#consumer?.idle !== false;
  }

  /** Why it would be closed if nothing went wrong. */
  #natural(): CloseReason {
    if (this.#state === "remote-ended") return { by: "remote", kind: "ended" };
    return { by: "local", kind: this.#state === "draining" ? "drained" : "ended" };
  }

  #leave(reason: CloseReason): void {
    if (this.#closingFor !== null) return;
    this.#closingFor = reason;
    this.#become("closing");
    this.#inbound.stop();
    if (this.#streamGone) return this.#close(reason);
    this.#outbound.end();
    this.#setDeadline();
  }

  /** How long a closing connection may take: for its last bytes as long as some are taken, then for the other side's FIN. */
  #setDeadline(): void {
    const { clock, options } = this.#setup;
    this.#cancelDeadline?.();
    if (this.#outbound.bufferedBytes > 0) {
      const afterMs = options.writeStallMs;
      this.#cancelDeadline = clock.after(afterMs, () =>
        this.destroy({ by: "local", kind: "write-stall", afterMs }),
      );
    } else {
      this.#cancelDeadline = clock.after(options.lingerMs, () => this.destroy());
    }
  }

  #close(reason: CloseReason): void {
    this.#closingFor = reason;
    this.#become("closed");
    this.#cancelDeadline?.();
    this.#inbound.stop();
    this.#outbound.abandon(() => this.#closedError());
    if (this.#consumer instanceof MessageQueue) {
      this.#consumer.finish(isOrderly(reason) ? undefined : new ClosedError(reason));
    }
    for (const callbacks of this.#opened) callbacks.closed(reason);
    this.#abort?.abort(this.#closedError());
    for (const resolve of this.#closeWaiters) resolve(reason);
    this.#setup.observer?.closed(this, reason);
  }

  #become(next: ConnectionState): void {
    if (!transitions[this.#state].includes(next))
      throw new Error(`A connection cannot go from ${this.#state} to ${next}.`);
    this.#state = next;
  }

  #closedError(): ParleyError {
    if (this.#closingFor !== null) return new ClosedError(this.#closingFor);
    if (this.#state === "local-ended") return new ClosedError({ by: "local", kind: "ended" });
    return new ParleyError(
      "closed",
      `The connection is ${this.#state} and cannot send yet; wait until it is served.`,
    );
  }
}
