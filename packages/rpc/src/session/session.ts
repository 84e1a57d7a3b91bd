import { AbortWatch, type Clock, DeadlineTimer, ParleyError } from "@parley/core";
import { rpcCodes } from "../codes.ts";
import type { ValueCheck } from "../contract/compiled-contract.ts";
import { Engine, type EngineHost } from "../engine/engine.ts";
import type { IncomingCall, IncomingParts } from "../engine/incoming-call.ts";
import type { KeyMemory } from "../engine/key-memory.ts";
import {
  type ErrorObject,
  type GoAway,
  notificationOf,
  type Outcome,
  type WireObject,
  words,
} from "../engine/wire.ts";
import type { Service } from "../service/service.ts";
import { abortedError } from "./aborted-error.ts";
import type { CallRequest } from "./call-request.ts";
import { checkedValue } from "./checked-value.ts";
import type { MessageChannel } from "./message-channel.ts";
import type { OutputStream } from "./output-stream.ts";
import { ParseFailure } from "./parse-failure.ts";
import { type CallHome, PendingCall } from "./pending-call.ts";
import { PendingInput } from "./pending-input.ts";
import { ProtocolCall } from "./protocol-call.ts";
import { protocolMethods } from "./protocol-methods.ts";
import { ServedCall } from "./served-call.ts";
import type { ServiceHome } from "./service-home.ts";
import type { SessionLimits } from "./session-options.ts";
import type { SessionObserver, SessionParts } from "./session-parts.ts";
import { StreamCall } from "./stream-call.ts";
import { Subscriptions } from "./subscriptions.ts";
import { isThenable } from "./thenable.ts";

/**
 * One conversation of two JSON-RPC sides over a channel: drives the engine, calls, and serves. It ends with `close`, which rejects all
 * that is pending, once.
 */
export class RpcSession implements EngineHost, ServiceHome, CallHome {
  readonly channel: MessageChannel;
  readonly clock: Clock;
  readonly connection: unknown;
  readonly keys: KeyMemory | undefined;
  readonly principal: string;
  readonly aborts: AbortWatch<PendingCall>;
  readonly #limits: SessionLimits;
  readonly #name: string;
  readonly #service: Service | undefined;
  readonly #observer: SessionObserver;
  readonly #engine: Engine;
  readonly #timer: DeadlineTimer;
  readonly #subscriptions: Subscriptions;
  #references = 0;
  #wire: "open" | "paused" = "open";
  readonly #resume = (): void => {
    this.#wire = "open";
    this.#engine.outgoing.resume();
  };

  constructor(parts: SessionParts) {
    this.channel = parts.channel;
    this.clock = parts.clock;
    this.connection = parts.connection;
    this.keys = parts.keys;
    this.principal = parts.principal ?? "";
    this.#limits = parts.limits;
    this.#name = parts.name;
    this.#service = parts.service;
    this.#observer = parts.observer;
    this.aborts = new AbortWatch((call) =>
      this.#engine.outgoing.cancel(
        call,
        abortedError("The call was given up by its AbortSignal.", call.signal?.reason),
      ),
    );
    this.#subscriptions = new Subscriptions(parts.service?.contract.events ?? new Set<string>());
    this.#timer = new DeadlineTimer(parts.clock, (now) => this.#engine.tick(now));
    this.#engine = new Engine(this, parts.limits, parts.pings);
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

  /** Whether the other side has subscribed to the event. */
  wants(event: string): boolean {
    return this.#subscriptions.has(event);
  }

  /** Takes no new requests any more, and says so; those being worked on are finished. */
  drain(): void {
    this.#engine.drain();
  }

  /**
   * The channel is gone: rejects all that is pending with ConnectionLostError, ends all streams, aborts what is being worked on unless it
   * has a key.
   */
  close(cause: ParleyError): void {
    this.#engine.close(cause);
    this.#timer.stop();
  }

  // For who calls

  /**
   * Resolves with the result. @throws as a rejection: MismatchError, TimeoutError, ConnectionLostError, RpcError, UnavailableError,
   * ParleyError `aborted`, and what the channel's `send` throws.
   */
  call(request: CallRequest): Promise<unknown> {
    const { method, timeoutMs, signal } = request;
    if (signal?.aborted) return Promise.reject(givenUp(signal));
    let params: unknown;
    let deadline: number;
    try {
      params = this.#paramsOf(request);
      deadline = this.#deadlineIn(timeoutMs);
    } catch (error) {
      return Promise.reject(error);
    }
    const call = new PendingCall(this, method, params, timeoutMs, deadline, null, request);
    this.#begin(call, request);
    return call.result;
  }

  /** Begins a call whose output is a stream. What a call would reject with, its iteration throws. @throws MismatchError. */
  stream(request: CallRequest): OutputStream {
    const { method, timeoutMs, signal } = request;
    const { streamWindow } = this.#limits;
    const params = this.#paramsOf(request);
    const deadline = this.#deadlineIn(timeoutMs);
    const call = new StreamCall(this, method, params, timeoutMs, deadline, streamWindow, request);
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
    return this.channel.send(
      notificationOf(name, checkedValue(`The parameters of ${name}`, check, params, this.form)),
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
    return this.channel.form;
  }

  get heard(): number {
    return this.channel.heard;
  }

  get incoming(): Engine["incoming"] {
    return this.#engine.incoming;
  }

  get streamWindow(): number {
    return this.#limits.streamWindow;
  }

  get maxCollected(): number {
    return this.#limits.maxCollected;
  }

  now(): number {
    return this.clock.now();
  }

  expect(deadline: number): void {
    this.#timer.expect(deadline);
  }

  send(message: WireObject | readonly WireObject[]): boolean {
    if (this.channel.send(message)) return true;
    if (this.#wire === "paused") return false;
    this.#wire = "paused";
    this.#engine.outgoing.pause();
    // If it rejects, the close that follows says why.
    this.channel.writable().then(this.#resume, () => {});
    return false;
  }

  callOf(parts: IncomingParts): IncomingCall | null {
    const served = this.#service?.methods.get(parts.method);
    if (served !== undefined) return new ServedCall(this, served, parts);
    const outcome = this.#outcomeOfNullId(parts) ?? this.#outcomeOfProtocol(parts);
    return outcome === null ? null : new ProtocolCall(this.incoming, parts, outcome);
  }

  notified(method: string, params: unknown): void {
    const served = this.#service?.notifications.get(method);
    if (served === undefined) return this.#observer.notified?.(method, params);
    const failed = (error: unknown): void =>
      this.#observer.callFailed?.({ method, error, reference: undefined });
    try {
      const result = served.run(served.check.fromWire(params, this.form), { connection: this.connection });
      if (isThenable(result)) this.#work(result, failed);
    } catch (error) {
      failed(error);
    }
  }

  goneAway(word: GoAway): void {
    this.#observer.goneAway?.(word);
  }

  unresponsive(afterMs: number): void {
    this.#observer.unresponsive?.(afterMs);
  }

  workBegun(): void {
    this.channel.workBegun();
  }

  workDone(): void {
    this.channel.workDone();
  }

  unsendable(call: IncomingCall | null, error: unknown): ErrorObject {
    return call instanceof ServedCall ? call.unsendable(error) : this.conceal(call?.method ?? "", error);
  }

  conceal(method: string, error: unknown): ErrorObject {
    this.#references += 1;
    const reference = `${this.#name}.${this.#references}`;
    this.#observer.callFailed?.({ method, error, reference });
    return {
      code: rpcCodes.internalError,
      message: "The call failed at the other side; its log says why, under the id in data.",
      data: reference,
    };
  }

  // How it gets on

  /** A drain waits for it, as for a call. */
  #work(result: PromiseLike<unknown>, failed: (error: unknown) => void): void {
    this.channel.workBegun();
    const through = (): void => this.channel.workDone();
    Promise.resolve(result).catch(failed).then(through, through);
  }

  #begin(call: PendingCall, { input, method }: CallRequest): void {
    const { outgoing } = this.#engine;
    if (method.input !== null)
      call.input = new PendingInput(call, outgoing, this.channel, method.input, input ?? []);
    outgoing.begin(call);
  }

  #paramsOf({ method, params }: CallRequest): unknown {
    return checkedValue(`The parameters of ${method.name}`, method.params, params, this.form);
  }

  #deadlineIn(timeoutMs: number): number {
    if (timeoutMs === Number.POSITIVE_INFINITY) return timeoutMs;
    const deadline = this.clock.now() + timeoutMs;
    if (!Number.isNaN(deadline)) return deadline;
    throw new ParleyError("bad-option", `timeoutMs is ${String(timeoutMs)}; give milliseconds, or Infinity.`);
  }

  /** Some give the id null to what they mean as a notification, and pass the answer over. */
  #outcomeOfNullId({ id, method, params }: IncomingParts): Outcome | null {
    if (id !== null || this.#service?.notifications.has(method) !== true) return null;
    this.notified(method, params);
    return { result: null };
  }

  #outcomeOfProtocol({ method, params }: IncomingParts): Outcome | null {
    if (this.#service === undefined) return null;
    switch (method) {
      case words.subscribe:
        return this.#subscriptions.subscribe(params);
      case words.unsubscribe:
        return this.#subscriptions.unsubscribe(params);
      case words.discover:
        return { result: this.#service.document };
      default:
        return null;
    }
  }
}

function givenUp(signal: AbortSignal): ParleyError {
  return abortedError("The call was given up by its AbortSignal.", signal.reason);
}
