import { type Clock, TimeoutError } from "@parley/core";
import { ConnectionLostError, UnavailableError } from "@parley/rpc";
import { jitteredMs } from "./back-off.ts";
import type { ClientCall } from "./client-call.ts";
import type { ClientEmitter } from "./client-events.ts";
import { type ClientSetup, reconnectDefaults } from "./client-options.ts";
import type { Link } from "./link.ts";
import type { Reconnector } from "./reconnector.ts";
import { retryDelayMs } from "./retry.ts";
import type { Waiting, WaitingParts, WaitingRoom } from "./waiting-room.ts";

/** Makes calls: on the connection there is, on the next one if there is none, and again where `retryDelayMs` allows it. */
export class Calls {
  readonly #setup: ClientSetup;
  readonly #reconnector: Reconnector;
  readonly #room: WaitingRoom;
  readonly #events: ClientEmitter;

  constructor(setup: ClientSetup, reconnector: Reconnector, room: WaitingRoom, events: ClientEmitter) {
    this.#setup = setup;
    this.#reconnector = reconnector;
    this.#room = room;
    this.#events = events;
  }

  /** Resolves with the answer. @throws as `Client.call`. */
  make(call: ClientCall): Promise<unknown> {
    const { link } = this.#reconnector;
    if (link === null) return this.#makeLater(call, this.#clock.now() + call.timeoutMs, 0);
    call.link = link;
    return link.session.call(call, call);
  }

  /** Waits for a connection. */
  whenLinked(parts: WaitingParts): Waiting {
    this.#reconnector.start();
    return this.#room.wait(parts);
  }

  get #clock(): Clock {
    return this.#setup.clock;
  }

  /** Makes a call again that has failed, or fails. @param deadline the whole call's, whichever attempt it ends. */
  recover(call: ClientCall, error: unknown, deadline: number): Promise<unknown> {
    if (error instanceof TimeoutError)
      throw new TimeoutError(call.timeoutMs, error.sent || call.attempts > 0);
    if (!(error instanceof ConnectionLostError && !error.sent)) call.attempts += 1;
    const isUnavailable = error instanceof UnavailableError;
    const { maxAttempts, reconnect, random } = this.#setup;
    const delayMs = retryDelayMs(error, {
      repeatable: call.repeatable,
      attempts: call.attempts,
      maxAttempts,
      remainingMs: deadline - this.#clock.now(),
      linkIsCurrent: isUnavailable && !this.#reconnector.refused(call.link as Link, error),
      jitterMs: isUnavailable ? jitteredMs(call.attempts - 1, reconnect ?? reconnectDefaults, random) : 0,
    });
    if (delayMs === null || call.signal?.aborted || this.#reconnector.state === "closed") throw error;
    if (call.attempts > 0) {
      const { name: method } = call.method;
      this.#events.tell("retrying", { method, attempt: call.attempts + 1, delayMs, error });
    }
    return this.#makeLater(call, deadline, delayMs);
  }

  async #makeLater(call: ClientCall, deadline: number, delayMs: number): Promise<unknown> {
    const { timeoutMs, signal, attempts } = call;
    const notBefore = this.#clock.now() + delayMs;
    const link = await this.whenLinked({ deadline, timeoutMs, signal, notBefore, wasSent: attempts > 0 })
      .link;
    call.link = link;
    const request = call.within(deadline - this.#clock.now());
    return link.session.call(request, { recover: (error) => this.recover(call, error, deadline) });
  }
}
