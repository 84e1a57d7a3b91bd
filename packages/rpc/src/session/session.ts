import { AbortWatch, type Clock, DeadlineTimer, ParleyError } from "@parley/core";
import { ParseFailure } from "../codec/parse-failure.ts";
import type { ValueCheck } from "../contract/compiled-contract.ts";
import { Engine, type EngineHost } from "../engine/engine.ts";
import type { IncomingCall, IncomingParts } from "../engine/incoming-call.ts";
import { type ErrorObject, type GoAway, notificationOf, type WireObject } from "../engine/wire.ts";
import { abortedError } from "./aborted-error.ts";
import type { CallRequest, Recovery } from "./call-request.ts";
import { sentValue } from "./checked-value.ts";
import type { MessageChannel } from "./message-channel.ts";
import type { OutputStream } from "./output-stream.ts";
import { type CallHome, PendingCall } from "./pending-call.ts";
import { PendingInput } from "./pending-input.ts";
import { protocolMethods } from "./protocol-methods.ts";
import { ServedSide } from "./served-side.ts";
import type { SessionLimits } from "./session-options.ts";
import type { SessionObserver, SessionParts } from "./session-parts.ts";
import { StreamCall } from "./stream-call.ts";
import { WorkInHand } from "./work-in-hand.ts";

/**
 * One conversation of two JSON-RPC sides over a channel: drives the engine, calls, and serves. It ends with `close`,
 * which rejects all that is pending, once.
 */
export class RpcSession implements EngineHost, CallHome {
  readonly aborts: AbortWatch<PendingCall>;
  readonly #channel: MessageChannel;
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  readonly #observer: SessionObserver;
  readonly #engine: Engine;
  readonly #served: ServedSide;
  readonly #work: WorkInHand;
  readonly #timer: DeadlineTimer;
  #wire: "open" | "paused" = "open";
  readonly #resume = (): void => {
    this.#wire = "open";
    this.#engine.outgoing.resume();
  };

  constructor(parts: SessionParts) {
    this.#channel = parts.channel;
    this.#clock = parts.clock;
    this.#limits = parts.limits;
    this.#observer = parts.observer;
    this.aborts = new AbortWatch((call) => this.#engine.outgoing.cancel(call, givenUp(call.signal)));
    this.#timer = new DeadlineTimer(parts.clock, (now) => this.#engine.tick(now));
    this.#engine = new Engine(this, parts.limits, parts.pings);
    this.#work = new WorkInHand(parts.limits);
    this.#served = new ServedSide(parts, this.#engine.incoming, this.#work);
  }

  // For its maker

  /** How many requests of the other side are being worked on. */
  get working(): number {
    return this.#engine.incoming.working;
  }

  /** How many calls of this side wait for their answers. */
  get pending(): number {
    return this.#engine.outgoing.pending;
  }

  /** To be given each message that arrives. */
  receive(message: unknown): void {
    if (!(message instanceof ParseFailure)) return this.#engine.receive(message);
    this.#engine.incoming.unparsable();
    this.#observer.malformed?.(message.why);
  }

  /** Resolves once there is room for another message; undefined while there is. Until then none is to be received. */
  get room(): Promise<void> | undefined {
    return this.#work.room;
  }

  /** Whether the other side has subscribed to the event. */
  wants(event: string): boolean {
    return this.#served.subscriptions.has(event);
  }

  /** Takes no new requests any more, and says so; those being worked on are finished. */
  drain(): void {
    this.#engine.drain();
  }

  /** The other side says nothing any more (it has sent its FIN), and still hears: it is not asked for a sign of life, and input fails. */
  remoteEnded(): void {
    this.#engine.remoteEnded();
  }

  /**
   * The channel is gone: rejects all that is pending with ConnectionLostError, ends all streams, aborts what is being
   * worked on unless its outcome can be asked for again by a key.
   */
  close(cause: ParleyError): void {
    this.#engine.close(cause);
    this.#work.close();
    this.#timer.stop();
  }

  // For who calls

  /**
   * Resolves with the result. @throws as a rejection: MismatchError, TimeoutError, ConnectionLostError, RpcError,
   * UnavailableError, ParleyError `aborted` and `bad-option`, and what the channel's `send` throws.
   * @param recovery is asked before a call that was begun rejects. Default: nobody is.
   */
  call(request: CallRequest, recovery?: Recovery): Promise<unknown> {
    const { timeoutMs, signal } = request;
    if (signal?.aborted) return Promise.reject(givenUp(signal));
    let params: unknown;
    let deadline: number;
    try {
      params = this.#paramsOf(request);
      deadline = this.#deadlineIn(timeoutMs);
    } catch (error) {
      return Promise.reject(error);
    }
    const call = new PendingCall(this, request, params, deadline, null, recovery);
    this.#begin(call, request);
    return call.result;
  }

  /**
   * Begins a call whose output is a stream. What a call would reject with, its iteration throws.
   * @throws MismatchError; ParleyError `bad-option`.
   */
  stream(request: CallRequest): OutputStream {
    const { timeoutMs, signal } = request;
    const { streamWindow, plain } = this.#limits;
    const params = this.#paramsOf(request);
    const deadline = this.#deadlineIn(timeoutMs);
    const credit = plain ? null : streamWindow;
    const call = new StreamCall(this, request, params, deadline, credit);
    const output = call.open(this.#engine.outgoing, streamWindow);
    if (signal?.aborted) call.reject(givenUp(signal));
    else this.#begin(call, request);
    return output;
  }

  /**
   * Sends a notification, or an event without a look at who has subscribed. False: pause.
   * @throws MismatchError; what the channel's `send` throws.
   */
  notify(name: string, check: ValueCheck, params: unknown): boolean {
    return this.#channel.send(
      notificationOf(name, sentValue("the parameters of", name, check, params, this.form)),
    );
  }

  /** Has the other side send these events. @throws as `call`. */
  async subscribe(events: readonly string[], timeoutMs: number): Promise<void> {
    await this.call({ method: protocolMethods.subscribe, params: { events }, timeoutMs });
  }

  /** Has the other side no longer send these events. @throws as `call`. */
  async unsubscribe(events: readonly string[], timeoutMs: number): Promise<void> {
    await this.call({ method: protocolMethods.unsubscribe, params: { events }, timeoutMs });
  }

  /** Asks for the other side's OpenRPC document. @throws as `call`. */
  discover(timeoutMs: number): Promise<unknown> {
    return this.call({ method: protocolMethods.discover, params: undefined, timeoutMs });
  }

  // What its parts ask and tell it

  get form(): MessageChannel["form"] {
    return this.#channel.form;
  }

  get heard(): number {
    return this.#channel.heard;
  }

  now(): number {
    return this.#clock.now();
  }

  expect(deadline: number): void {
    this.#timer.expect(deadline);
  }

  send(message: WireObject | readonly WireObject[]): boolean {
    if (this.#channel.send(message)) return true;
    if (this.#wire === "paused") return false;
    this.#wire = "paused";
    this.#engine.outgoing.pause();
    // If it rejects, the close that follows says why.
    this.#channel.writable().then(this.#resume, () => {});
    return false;
  }

  callOf(parts: IncomingParts): IncomingCall | null {
    return this.#served.callOf(parts);
  }

  notified(method: string, params: unknown): void {
    this.#served.notified(method, params);
  }

  goneAway(word: GoAway): void {
    this.#observer.goneAway?.(word);
  }

  unresponsive(afterMs: number): void {
    this.#observer.unresponsive?.(afterMs);
  }

  workBegun(call: IncomingCall): void {
    this.#work.begin(call, this.#channel.messageBytes);
    this.#channel.workBegun();
  }

  workDone(call: IncomingCall): void {
    this.#work.end(call);
    this.#channel.workDone();
    if (this.working === 0) this.#observer.idle?.();
  }

  unsendable(call: IncomingCall | null, error: unknown): ErrorObject {
    return this.#served.unsendable(call, error);
  }

  // How it gets on

  #begin(call: PendingCall, { input, method }: CallRequest): void {
    const { outgoing } = this.#engine;
    if (method.input !== null)
      call.input = new PendingInput(call, outgoing, this.#channel, method.input, input ?? [], this.#clock);
    outgoing.begin(call);
  }

  #paramsOf({ method, params }: CallRequest): unknown {
    return sentValue("the parameters of", method.name, method.params, params, this.form);
  }

  #deadlineIn(timeoutMs: number): number {
    if (timeoutMs === Number.POSITIVE_INFINITY) return timeoutMs;
    if (Number.isFinite(timeoutMs)) return this.#clock.now() + timeoutMs;
    throw new ParleyError("bad-option", `timeoutMs is ${String(timeoutMs)}; give milliseconds, or Infinity.`);
  }
}

function givenUp(signal: AbortSignal | undefined): ParleyError {
  return abortedError("The call was given up by its AbortSignal.", signal?.reason);
}
