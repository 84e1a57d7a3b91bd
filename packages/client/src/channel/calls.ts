import { type Clock, TimeoutError } from "@parley/core";
import { ConnectionLostError, type RpcSession, UnavailableError } from "@parley/rpc";
import { fullJitterMs } from "./back-off.ts";
import type { ClientEmitter } from "./client-events.ts";
import { type ClientSetup, reconnectDefaults } from "./client-options.ts";
import type { Link } from "./link.ts";
import type { Reconnector } from "./reconnector.ts";
import { retryDelayMs } from "./retry.ts";
import type { Waiting, WaitingParts, WaitingRoom } from "./waiting-room.ts";

/** Something that is asked of the server, perhaps more than once. */
export interface Call {
  /** For people. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Whether it does no harm if it is carried out twice, or a key sees to it that it is not. */
  readonly repeatable: boolean;
  /** Asks for it, within `timeoutMs` from now. */
  begin(session: RpcSession, timeoutMs: number): Promise<unknown>;
}

/** How far a call has come. */
interface Progress {
  readonly call: Call;
  /** On the clock. */
  readonly deadline: number;
  /** How often it was sent. */
  attempts: number;
}

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
  make(call: Call): Promise<unknown> {
    const { timeoutMs } = call;
    const { link } = this.#reconnector;
    // Nothing to come back to: it costs no more than the session's own call.
    if (link !== null && this.#setup.maxAttempts === 1) return call.begin(link.session, timeoutMs);
    const progress: Progress = { call, deadline: this.#clock.now() + timeoutMs, attempts: 0 };
    return link === null ? this.#makeLater(progress, 0) : this.#attempt(progress, link, timeoutMs);
  }

  /** Waits for a connection. */
  whenLinked(parts: WaitingParts): Waiting {
    this.#reconnector.start();
    return this.#room.wait(parts);
  }

  get #clock(): Clock {
    return this.#setup.clock;
  }

  #attempt(progress: Progress, link: Link, timeoutMs: number): Promise<unknown> {
    return progress.call
      .begin(link.session, timeoutMs)
      .catch((error: unknown) => this.#failed(progress, link, error));
  }

  #failed(progress: Progress, link: Link, error: unknown): Promise<unknown> {
    const { call, deadline } = progress;
    // Its deadline is the whole call's, whichever attempt it ends.
    if (error instanceof TimeoutError)
      throw new TimeoutError(call.timeoutMs, error.sent || progress.attempts > 0);
    if (!(error instanceof ConnectionLostError && !error.sent)) progress.attempts += 1;
    const isUnavailable = error instanceof UnavailableError;
    const { maxAttempts, reconnect, random } = this.#setup;
    const delayMs = retryDelayMs(error, {
      repeatable: call.repeatable,
      attempts: progress.attempts,
      maxAttempts,
      remainingMs: deadline - this.#clock.now(),
      linkIsCurrent: isUnavailable && !this.#reconnector.refused(link, error),
      jitterMs: isUnavailable
        ? fullJitterMs(progress.attempts - 1, reconnect ?? reconnectDefaults, random)
        : 0,
    });
    if (delayMs === null || call.signal?.aborted || this.#reconnector.state === "closed") throw error;
    if (progress.attempts > 0) {
      const { name: method } = call;
      this.#events.tell("retrying", { method, attempt: progress.attempts + 1, delayMs, error });
    }
    return this.#makeLater(progress, delayMs);
  }

  async #makeLater(progress: Progress, delayMs: number): Promise<unknown> {
    const { call, deadline, attempts } = progress;
    const { timeoutMs, signal } = call;
    const notBefore = this.#clock.now() + delayMs;
    const link = await this.whenLinked({ deadline, timeoutMs, signal, notBefore, wasSent: attempts > 0 })
      .link;
    return this.#attempt(progress, link, deadline - this.#clock.now());
  }
}
