import type { Clock } from "@parley/core";
import { rpcCodes } from "../codes.ts";
import { invalidRequest } from "../engine/answer.ts";
import type { IncomingCall, IncomingParts } from "../engine/incoming-call.ts";
import type { IncomingCalls } from "../engine/incoming-calls.ts";
import type { KeyMemory } from "../engine/key-memory.ts";
import { type ErrorObject, type Outcome, words } from "../engine/wire.ts";
import type { Service } from "../service/service.ts";
import type { MessageChannel } from "./message-channel.ts";
import { ProtocolCall } from "./protocol-call.ts";
import { ServedCall } from "./served-call.ts";
import type { ServiceHome } from "./service-home.ts";
import type { SessionObserver, SessionParts } from "./session-parts.ts";
import { Subscriptions } from "./subscriptions.ts";
import { isThenable } from "./thenable.ts";
import type { WorkInHand } from "./work-in-hand.ts";

/** The half of a session that serves: finds what is behind a method or a notification, and who wants which event. */
export class ServedSide implements ServiceHome {
  readonly incoming: IncomingCalls;
  readonly channel: MessageChannel;
  readonly clock: Clock;
  readonly connection: unknown;
  readonly keys: KeyMemory | undefined;
  readonly principal: string;
  readonly streamWindow: number;
  readonly maxCollected: number;
  readonly subscriptions: Subscriptions;
  readonly work: WorkInHand;
  readonly #name: string;
  readonly #service: Service | undefined;
  readonly #observer: SessionObserver;
  #references = 0;

  constructor(parts: SessionParts, incoming: IncomingCalls, work: WorkInHand) {
    this.incoming = incoming;
    this.work = work;
    this.channel = parts.channel;
    this.clock = parts.clock;
    this.connection = parts.connection;
    this.keys = parts.keys;
    this.principal = parts.principal ?? "";
    this.streamWindow = parts.limits.streamWindow;
    this.maxCollected = parts.limits.maxCollected;
    this.subscriptions = new Subscriptions(parts.service?.contract.events ?? new Set<string>());
    this.#name = parts.name;
    this.#service = parts.service;
    this.#observer = parts.observer;
  }

  /** The call that a request makes, or null if there is no such method. */
  callOf(parts: IncomingParts): IncomingCall | null {
    const served = this.#service?.methods.get(parts.method);
    if (served !== undefined) return new ServedCall(this, served, parts);
    const outcome = this.#outcomeOfNullId(parts) ?? this.#outcomeOfProtocol(parts);
    return outcome === null ? null : new ProtocolCall(this.incoming, parts, outcome);
  }

  /** A notification has come: it is the service's, or the observer's to know of; or a call that is not to be answered. */
  notified(method: string, params: unknown): void {
    if (this.#service?.methods.has(method)) return this.incoming.unanswered(method, params);
    const served = this.#service?.notifications.get(method);
    if (served === undefined) return this.#observer.notified?.(method, params);
    const failed = (error: unknown): void =>
      this.#observer.callFailed?.({ method, error, reference: undefined });
    try {
      const wire = served.check.fromWire(params, this.channel.form);
      const result = served.run(wire, { connection: this.connection });
      if (isThenable(result)) this.#work(result, failed);
    } catch (error) {
      failed(error);
    }
  }

  /** What the other side is told in place of an answer that could not be sent for `error`. */
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

  /** A drain waits for it, as for a call. */
  #work(result: PromiseLike<unknown>, failed: (error: unknown) => void): void {
    const { messageBytes } = this.channel;
    const through = (): void => {
      this.work.endNotification(messageBytes);
      this.channel.workDone();
    };
    this.work.beginNotification(messageBytes);
    this.channel.workBegun();
    void Promise.resolve(result).catch(failed).then(through, through);
  }

  /** Some give the id null to what they mean as a notification, and pass the answer over. */
  #outcomeOfNullId({ id, method, params }: IncomingParts): Outcome | null {
    if (id !== null || this.#service?.notifications.has(method) !== true) return null;
    this.notified(method, params);
    return { result: null };
  }

  #outcomeOfProtocol({ method, params, batch }: IncomingParts): Outcome | null {
    if (this.#service === undefined) return null;
    if (batch !== null && (method === words.subscribe || method === words.unsubscribe))
      return { error: invalidRequest("a subscription cannot be part of a batch") };
    switch (method) {
      case words.subscribe:
        return this.subscriptions.subscribe(params);
      case words.unsubscribe:
        return this.subscriptions.unsubscribe(params);
      case words.discover:
        return { result: this.#service.document };
      default:
        return null;
    }
  }
}
