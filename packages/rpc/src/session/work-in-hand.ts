import type { IncomingCall } from "../engine/incoming-call.ts";
import type { SessionLimits } from "./session-options.ts";

interface Room {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/**
 * What a session was given to do and is not through with, by the bytes of the messages that brought it: those of its requests, of items of
 * their input that nobody has taken, and of notifications. While that is as much as its limits allow, nothing more is to be received: so it is
 * the other side that keeps the rest.
 */
export class WorkInHand {
  readonly #limits: Pick<SessionLimits, "maxInFlight" | "maxInFlightBytes">;
  #bytes = 0;
  #notifications = 0;
  #room: Room | null = null;

  constructor(limits: Pick<SessionLimits, "maxInFlight" | "maxInFlightBytes">) {
    this.#limits = limits;
  }

  /** Resolves once there is room; undefined while there is. */
  get room(): Promise<void> | undefined {
    if (!this.#isFull) return undefined;
    this.#room ??= newRoom();
    return this.#room.promise;
  }

  /** A request is worked on, that came in a message of so many bytes; a batch is kept for as long as any of its requests is. */
  begin(call: IncomingCall, bytes: number): void {
    const { batch } = call;
    if (batch === null) return this.keep(call, bytes);
    batch.working += 1;
    if (batch.working > 1) return;
    batch.bytes = bytes;
    this.#add(bytes);
  }

  /** For a request so many bytes more are kept, or less. */
  keep(call: IncomingCall, bytes: number): void {
    call.keptBytes += bytes;
    this.#add(bytes);
  }

  /** The work on a request is through; nothing is kept for it any more. */
  end(call: IncomingCall): void {
    const { batch, keptBytes } = call;
    call.keptBytes = 0;
    this.#add(-keptBytes);
    if (batch === null) return;
    batch.working -= 1;
    if (batch.working === 0) this.#add(-batch.bytes);
  }

  beginNotification(bytes: number): void {
    this.#notifications += 1;
    this.#add(bytes);
  }

  endNotification(bytes: number): void {
    this.#notifications -= 1;
    this.#add(-bytes);
  }

  /** Nothing will be received any more. */
  close(): void {
    this.#room?.resolve();
  }

  get #isFull(): boolean {
    const { maxInFlight, maxInFlightBytes } = this.#limits;
    return this.#bytes >= maxInFlightBytes || this.#notifications >= maxInFlight;
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#room === null || this.#isFull) return;
    this.#room.resolve();
    this.#room = null;
  }
}

function newRoom(): Room {
  let resolve!: () => void;
  const promise = new Promise<void>((whenThere) => {
    resolve = whenThere;
  });
  return { promise, resolve };
}
