import type { ByteStream, ByteStreamSink } from "../byte-stream.ts";
import type { Cancel } from "../clock.ts";
import { type Codec, checkEncoded, type Encoded, encodeInto } from "../codec.ts";
import { datagramCodec } from "../datagram-codec.ts";
import { ParleyError } from "../error.ts";
import type { Fault, TooLong } from "../frame-codec.ts";
import type { AnyHandler } from "../handler.ts";
import { CloseDeadline, type Closing } from "./close-deadline.ts";
import { ClosedError, type CloseReason, lookingLike, reasonOfError, reasonOfFault } from "./close-reason.ts";
import type { Connection, ConnectionCounters, ConnectionInfo } from "./connection.ts";
import { Consumption, type ConsumptionOwner } from "./consumption.ts";
import type { Vitals } from "./deadlines.ts";
import { Inbound, type InboundOwner } from "./inbound.ts";
import { Outbound, type OutboundOwner } from "./outbound.ts";
import type { ConnectionSetup } from "./setup.ts";
import { mayWrite } from "./state.ts";
import { StreamFacts } from "./stream-facts.ts";
import { Watch, type Watched } from "./watch.ts";

/** How long the first frame may take of who began like a foreign protocol: its client now waits for an answer, and will not end it. */
const foreignFrameMs = 750;

function spokenOver<In, Out>(stream: ByteStream, codec: Codec<In, Out>): Codec<In, Out> {
  return stream.datagrams === true ? datagramCodec(codec) : codec;
}

/**
 * The connection over a byte stream. Beside what its users see (`Connection`) it has what its maker does with it: it
 * begins in `opening`, may `wait`, may be `refuse`d, is served by `open` and `handle`, and is told to `drain`.
 */
export class StreamConnection<In, Out = In, Data = unknown>
  extends StreamFacts<In, Out, Data>
  implements
    Connection<In, Out, Data>,
    ByteStreamSink,
    InboundOwner,
    OutboundOwner,
    ConsumptionOwner<In, Out, Data>,
    Watched,
    Closing
{
  data: Data = undefined as Data;
  #codec: Codec<In, Out>;
  readonly #inbound: Inbound<In>;
  readonly #outbound: Outbound;
  readonly #consumption: Consumption<In, Out, Data>;
  #messagesOut = 0;
  /** How much is in progress beside the message that is being handled. */
  #work = 0;
  /** The byte stream is gone in good order, but messages that it brought are still being handled. */
  #streamGone = false;
  /** Whether it is to finish what is in flight and end; of a newcomer, once something was received. */
  #drain: "no" | "after the first" | "yes" = "no";
  #watch: Watch | null = null;
  #deadline: CloseDeadline | null = null;
  /** Ends the wait for the first frame of who began like a foreign protocol. */
  #cancelForeign: Cancel | null = null;

  /** @param number unique among the connections of this setup. */
  constructor(setup: ConnectionSetup<In, Out, Data>, stream: ByteStream, number: number) {
    super(setup, stream, number);
    const codec = spokenOver(stream, setup.codec);
    this.#codec = codec;
    this.#inbound = new Inbound(codec, this);
    this.#outbound = new Outbound(this);
    this.#consumption = new Consumption(this, this.#inbound);
    stream.open(this);
  }

  // What its users see

  get codec(): Codec<In, Out> {
    return this.#codec;
  }

  get counters(): ConnectionCounters {
    return {
      bytesIn: this.#inbound.bytes,
      bytesOut: this.#outbound.handedBytes,
      messagesIn: this.#inbound.messages,
      messagesOut: this.#messagesOut,
      bufferedBytes: this.#outbound.bufferedBytes,
    };
  }

  info(): ConnectionInfo {
    const { id, state, localAddress, remoteAddress, identity, protocol, counters, ageMs } = this;
    return {
      id,
      state,
      localAddress,
      remoteAddress,
      identity,
      protocol,
      codec: this.#codec.id,
      ageMs,
      busy: !this.#idle,
      counters,
    };
  }

  send(message: Out): boolean {
    if (!mayWrite(this.state)) throw this.unusable();
    const outbound = this.#outbound;
    const { at } = outbound;
    encodeInto(this.#codec, message, outbound);
    return this.#queued(at, 1);
  }

  sendEncoded(encoded: Encoded): boolean {
    if (!mayWrite(this.state)) throw this.unusable();
    checkEncoded(encoded, this.#codec);
    const { at } = this.#outbound;
    this.#outbound.append(encoded.bytes);
    return this.#queued(at, encoded.messages);
  }

  writable(): Promise<void> {
    return mayWrite(this.state) ? this.#outbound.writable() : Promise.reject(this.unusable());
  }

  flushed(): Promise<void> {
    return this.#outbound.flushed();
  }

  end(): void {
    if (this.state === "open") {
      this.enter("local-ended");
      this.#outbound.end();
      this.#advance();
    } else if (mayWrite(this.state)) this.#leave(this.naturalReason);
  }

  close(): Promise<CloseReason> {
    if (this.state !== "closed") this.#leave(this.naturalReason);
    return this.whenClosed;
  }

  destroy(reason: CloseReason = { by: "local", kind: "destroyed" }): void {
    if (this.state === "closed") return;
    const sentAll = this.reason !== null && this.#outbound.bufferedBytes === 0;
    this.stream.destroy();
    this.#close(sentAll ? (this.reason as CloseReason) : reason);
  }

  workBegun(): void {
    this.#work += 1;
  }

  workDone(): void {
    this.#work -= 1;
    if (this.#work > 0) return;
    if (this.#drain === "yes") this.#inbound.drain();
    if (this.state !== "open") this.#advance();
  }

  switchCodec<NewIn, NewOut>(
    to: Codec<NewIn, NewOut>,
    handler?: AnyHandler<NewIn, NewOut, Data>,
    unread?: Uint8Array,
  ): Connection<NewIn, NewOut, Data> {
    if (this.reason !== null) throw this.unusable();
    if (handler !== undefined && this.#consumption.iterates) {
      throw new ParleyError(
        "in-use",
        "An iteration takes this connection's messages; change the codec without a handler.",
      );
    }
    // From here on it is a connection of other messages.
    const switched = this as unknown as StreamConnection<NewIn, NewOut, Data>;
    const codec = spokenOver(this.stream, to);
    switched.#inbound.switchCodec(codec, unread ?? null);
    switched.#codec = codec;
    if (handler !== undefined) switched.#consumption.take(handler);
    switched.#inbound.goOn();
    return switched;
  }

  [Symbol.asyncIterator](): AsyncIterator<In, undefined> {
    return this.#consumption.iterate();
  }

  // What its maker does with it

  /** It has come as far as the backlog. */
  wait(): void {
    this.enter("waiting");
  }

  /** It may be used from now on. */
  open(): void {
    this.enter("open");
    const { watchPlan } = this.setup;
    // More is read ahead from now on.
    this.#inbound.readOn();
    if (watchPlan.lookEveryMs < Number.POSITIVE_INFINITY) this.#watch = new Watch(watchPlan, this);
    if (this.#inbound.ended) this.enter("remote-ended");
  }

  /**
   * Names who takes the messages: callbacks, or a function that iterates.
   * @throws ParleyError `in-use` if somebody does already; ClosedError.
   */
  handle(handler: AnyHandler<In, Out, Data>): void {
    if (!this.#consumption.isFree) {
      throw new ParleyError(
        "in-use",
        "Somebody already takes this connection's messages; it can have one handler.",
      );
    }
    if (this.state === "closed") throw this.unusable();
    this.#consumption.take(handler);
  }

  /** Turns it away: with `word`, a FIN and a linger, or with a reset if there is no word in its codec. */
  refuse(reason: CloseReason, word?: Encoded): void {
    if (word?.codecId !== this.#codec.id) return this.destroy(reason);
    this.#outbound.append(word.bytes);
    this.#leave(reason);
  }

  /** Closes it for a reason that is not its own: what was sent still leaves, with a FIN behind it. */
  leave(reason: CloseReason): void {
    if (this.state !== "closed") this.#leave(lookingLike(reason, this.#inbound.foreign));
  }

  /**
   * Finish what is in flight, take nothing new. Answers whether anything was in flight.
   * @param newcomer if nothing was received yet, what comes first is still taken.
   */
  drain(newcomer: "ends" | "is awaited" = "ends"): boolean {
    const awaited = newcomer === "is awaited" && this.#inbound.bytes === 0;
    if (awaited && this.state === "open") {
      this.#drain = "after the first";
      return true;
    }
    const busy = !this.#idle || this.#inbound.unhandledBytes > 0 || this.#outbound.bufferedBytes > 0;
    if (this.#drain === "yes") return busy;
    this.#drain = "yes";
    const opened = this.state === "open";
    if (opened) this.enter("draining");
    // Work may need more of the other side: credit, or that it is cancelled.
    if (this.#work === 0) this.#inbound.drain();
    if (opened) this.#consumption.drain();
    this.#advance();
    return busy;
  }

  /** How many bytes the message has that is being handled, or was last, without its framing. */
  get messageBytes(): number {
    return this.#inbound.messageBytes;
  }

  /** `counters.bytesIn`, for who needs it with every message. */
  get bytesIn(): number {
    return this.#inbound.bytes;
  }

  // What its parts ask and tell it

  get isLeaving(): boolean {
    return this.reason !== null;
  }

  nextTurn(task: () => void): void {
    this.setup.clock.nextTurn(task);
  }

  get readAheadBytes(): number {
    const { readAheadBytes, waitingReadAheadBytes } = this.setup.options;
    return this.state === "opening" || this.state === "waiting" ? waitingReadAheadBytes : readAheadBytes;
  }

  get heldBack(): boolean {
    return this.#outbound.full && this.setup.options.holdBackWhenFull;
  }

  received(bytes: Uint8Array): void {
    this.#inbound.received(bytes);
    if (this.#drain === "after the first") this.drain();
    else if (this.state !== "open") this.#advance();
  }

  ended(): void {
    if (this.state === "open" || this.state === "draining") this.enter("remote-ended");
    this.#inbound.end();
    this.#advance();
  }

  drained(): void {
    this.#outbound.drained();
  }

  closed(error?: Error & { readonly code?: string }): void {
    if (this.state === "closed") return;
    if (error === undefined && this.state === "local-ended" && this.#inbound.ended) {
      this.#streamGone = true;
      this.#advance();
    } else if (this.reason !== null && (error === undefined || this.#outbound.bufferedBytes === 0)) {
      this.#close(this.reason);
    } else this.#close({ by: "remote", kind: "reset", code: error?.code ?? "ECONNRESET" });
  }

  beganForeign(): void {
    const { frameTimeoutMs } = this.setup.options;
    const afterMs = Math.min(foreignFrameMs, frameTimeoutMs);
    this.#cancelForeign = this.setup.clock.after(afterMs, () => {
      const { messages, skips, frameBegun, hold } = this.#inbound;
      if (messages + skips === 0 && frameBegun && hold === "none")
        this.overdue({ by: "local", kind: "frame-timeout", afterMs });
    });
  }

  fault(fault: Fault): void {
    this.leave(reasonOfFault(fault));
  }

  skipped(fault: TooLong): void {
    this.#consumption.skipped(fault);
    this.setup.observer?.skipped?.(this, fault);
  }

  inputFinished(): void {
    this.#consumption.ended();
    this.#advance();
  }

  settled(): void {
    // A handler that was replaced meanwhile, or the one in its place, may still be at work.
    if (!this.#consumption.allSettled) return;
    if (this.heldBack) this.#inbound.holdFor("outbound");
    else this.#inbound.release("handler");
    if (this.state !== "open") this.#advance();
  }

  failed(error: unknown): void {
    // Work that comes upon the connection's own end is not at fault.
    if (error instanceof ClosedError && this.reason !== null) return;
    const reason = reasonOfError(error);
    if (reason.kind === "handler-error") this.setup.observer?.handlerFailed(this, error);
    this.leave(reason);
  }

  writableAgain(): void {
    this.#inbound.release("outbound");
    this.#consumption.deliver();
  }

  progressed(): void {
    if (this.state === "closing") this.#deadline?.set();
    else this.#advance();
  }

  asked(): void {
    this.#inbound.release("iteration");
    if (this.state !== "open") this.#advance();
  }

  get vitals(): Vitals {
    const { bytes: bytesIn, messages, skips, frameBegun, untaken, isPaused } = this.#inbound;
    const { state } = this;
    return {
      bytesIn,
      bytesSent: this.#outbound.sentBytes,
      unsentBytes: this.#outbound.bufferedBytes,
      frames: messages + skips,
      frameBegun,
      untaken,
      busy: !this.#idle,
      askable: mayWrite(state) && !isPaused && this.#question !== undefined,
    };
  }

  ask(): void {
    this.sendEncoded(this.#question as Encoded);
  }

  overdue(reason: CloseReason): void {
    if (reason.kind === "unresponsive" || reason.kind === "write-stall") this.destroy(reason);
    else this.leave(reason);
  }

  get unsentBytes(): number {
    return this.#outbound.bufferedBytes;
  }

  get sentBytes(): number {
    return this.#outbound.sentBytes;
  }

  expired(stalled?: CloseReason): void {
    this.destroy(stalled);
  }

  // How it gets on

  #queued(at: number, messages: number): boolean {
    this.#messagesOut += messages;
    const outbound = this.#outbound;
    outbound.queued(at);
    if (!outbound.full) return true;
    const limit = Math.max(this.setup.options.maxBufferedBytes, 2 * this.#codec.frame.maxFrameBytes);
    const buffered = outbound.bufferedBytes;
    if (buffered > limit) this.destroy({ by: "local", kind: "slow-consumer", limit, buffered });
    return false;
  }

  /** Leaves a state in which only the rest is waited for, if there is no rest. */
  #advance(): void {
    if (!this.#idle) return;
    const { state } = this;
    const { finished, unhandledBytes } = this.#inbound;
    const drained = this.#drain === "yes" && unhandledBytes === 0;
    if (state === "draining") {
      if (drained) this.#finish();
    } else if (state === "remote-ended") {
      if (finished && !this.#consumption.endsConnection) this.#leave(this.naturalReason);
      else if (drained) this.#finish();
    } else if (state === "local-ended") {
      // Both sides have ended: only a function that is still running has anything left to do.
      if (finished && !this.#consumption.runsFunction) this.#leave(this.naturalReason);
      else if (drained) this.#finish();
    }
  }

  /** Leaves, or lets a function that iterates come to its end first. */
  #finish(): void {
    if (!this.#consumption.finish()) this.#leave(this.naturalReason);
  }

  /** What asks for a sign of life in the codec that is spoken now. */
  get #question(): Encoded | undefined {
    return this.setup.heartbeat?.encoded.find(({ codecId }) => codecId === this.#codec.id);
  }

  /** Whether no message is being handled, or held back from being handled. */
  get #idle(): boolean {
    const { hold } = this.#inbound;
    if (this.#work > 0) return false;
    return (hold === "none" || hold === "consumer" || hold === "stopped") && this.#consumption.idle;
  }

  #leave(reason: CloseReason): void {
    if (this.reason !== null) return;
    this.enterClosing(reason);
    this.#watch?.end();
    this.#cancelForeign?.();
    this.#inbound.stop();
    this.#consumption.closing(reason);
    // Which may have destroyed it.
    if (this.state !== "closing") return;
    if (this.#streamGone) return this.#close(reason);
    this.#outbound.end();
    const { clock, options } = this.setup;
    this.#deadline = new CloseDeadline(clock, options, this);
    this.#deadline.set();
  }

  #close(reason: CloseReason): void {
    this.enterClosed(reason);
    this.#watch?.end();
    this.#cancelForeign?.();
    this.#deadline?.cancel();
    this.#inbound.stop();
    this.#outbound.abandon();
    this.#consumption.closed(reason);
    this.tellClosed();
    this.setup.observer?.closed(this, reason);
  }
}
