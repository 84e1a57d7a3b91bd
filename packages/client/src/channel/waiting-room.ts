import { AbortWatch, type Clock, DeadlineTimer, ParleyError, TimeoutError } from "@parley/core";
import { rpcCodes, UnavailableError } from "@parley/rpc";
import { abortedError } from "./aborted-error.ts";
import type { Link } from "./link.ts";

/** What is known of who waits. */
export interface WaitingParts {
  /** How long the caller is ready to wait in all; Infinity for ever. */
  readonly timeoutMs: number;
  /** On the clock: when the wait is in vain. Default `timeoutMs` from now. */
  readonly deadline?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** On the clock: not to go on before, even if there is a connection. Default at once. */
  readonly notBefore?: number | undefined;
  /** Whether the server may have seen the call already, in an earlier attempt. Default false. */
  readonly wasSent?: boolean | undefined;
}

/** Something that waits for a connection. */
export class Waiting {
  readonly link: Promise<Link>;
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly notBefore: number;
  readonly wasSent: boolean;
  resolve!: (link: Link) => void;
  reject!: (error: unknown) => void;

  constructor(now: number, { deadline, timeoutMs, signal, notBefore, wasSent }: WaitingParts) {
    this.deadline = deadline ?? now + timeoutMs;
    this.timeoutMs = timeoutMs;
    this.signal = signal;
    this.notBefore = notBefore ?? Number.NEGATIVE_INFINITY;
    this.wasSent = wasSent ?? false;
    this.link = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** There is a connection, there is none, or there will never be one again. */
type Door =
  | { readonly kind: "open"; readonly link: Link }
  | { readonly kind: "shut" }
  | { readonly kind: "locked"; readonly error: ParleyError };

const shut: Door = { kind: "shut" };

const stillConnecting = new ParleyError("connect-timeout", "it is still being made; raise timeoutMs.");

/** Where calls wait for a connection, or until they may be tried again, each within its own deadline; first in, first out. */
export class WaitingRoom {
  readonly #clock: Clock;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<Waiting>();
  readonly #timer: DeadlineTimer;
  readonly #aborts = new AbortWatch<Waiting>((waiting) =>
    this.giveUp(waiting, abortedError(waiting.signal as AbortSignal)),
  );
  #door: Door = shut;
  /** Why there is no connection. */
  #cause: Error = stillConnecting;

  constructor(clock: Clock, maxWaiting: number) {
    this.#clock = clock;
    this.#maxWaiting = maxWaiting;
    this.#timer = new DeadlineTimer(clock, (now) => this.#sweep(now));
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Waits; `link` of what it returns is the connection, or rejects with TimeoutError, ParleyError `aborted`, UnavailableError if `maxWaiting`
   * wait already, or what the room was locked with.
   */
  wait(parts: WaitingParts): Waiting {
    const now = this.#clock.now();
    const waiting = new Waiting(now, parts);
    const { signal, notBefore, deadline } = waiting;
    const door = this.#door;
    if (door.kind === "locked") waiting.reject(door.error);
    else if (signal?.aborted) waiting.reject(abortedError(signal));
    else if (door.kind === "open" && notBefore <= now) waiting.resolve(door.link);
    else if (this.#waiting.size >= this.#maxWaiting) waiting.reject(this.#fullError());
    else {
      this.#waiting.add(waiting);
      this.#aborts.add(waiting);
      this.#timer.expect(notBefore > now ? Math.min(notBefore, deadline) : deadline);
    }
    return waiting;
  }

  /** Rejects who waits. */
  giveUp(waiting: Waiting, error: unknown): void {
    if (this.#leave(waiting)) waiting.reject(error);
  }

  /** There is a connection: whoever need not wait for longer goes on. */
  open(link: Link): void {
    this.#door = { kind: "open", link };
    const now = this.#clock.now();
    for (const waiting of this.#waiting) if (waiting.notBefore <= now) this.#admit(waiting, link);
  }

  /** There is none for now. */
  shut(cause: Error): void {
    this.#door = shut;
    this.#cause = cause;
  }

  /** There will be none: whoever waits, and will, is rejected. */
  lock(error: ParleyError): void {
    this.#door = { kind: "locked", error };
    this.#timer.stop();
    for (const waiting of this.#waiting) this.giveUp(waiting, error);
  }

  #sweep(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      const { deadline, notBefore } = waiting;
      if (deadline <= now) this.giveUp(waiting, this.#timeoutError(waiting));
      else if (notBefore > now) next = Math.min(next, notBefore, deadline);
      else if (this.#door.kind === "open") this.#admit(waiting, this.#door.link);
      else next = Math.min(next, deadline);
    }
    return next;
  }

  #admit(waiting: Waiting, link: Link): void {
    if (this.#leave(waiting)) waiting.resolve(link);
  }

  #leave(waiting: Waiting): boolean {
    this.#aborts.delete(waiting);
    return this.#waiting.delete(waiting);
  }

  #timeoutError({ timeoutMs, wasSent }: Waiting): TimeoutError {
    return new TimeoutError(timeoutMs, wasSent, this.#cause);
  }

  #fullError(): UnavailableError {
    return new UnavailableError(
      rpcCodes.overloaded,
      `${this.#waiting.size} calls wait already, as many as maxWaiting allows; ask less at a time, or raise maxWaiting.`,
      0,
    );
  }
}
