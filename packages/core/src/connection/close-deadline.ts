import type { Cancel, Clock } from "../clock.ts";
import type { CloseReason } from "./close-reason.ts";
import type { ConnectionOptions } from "./options.ts";

/** Whose closing a {@link CloseDeadline} limits. */
export interface Closing {
  readonly unsentBytes: number;
  /** Bytes that have left so far. */
  readonly sentBytes: number;
  /** The time is up; without a reason if everything was sent. */
  expired(reason?: CloseReason): void;
}

/** How long a closing connection may take: for its last bytes as long as some are taken, then for the other side's FIN. */
export class CloseDeadline {
  readonly #clock: Clock;
  readonly #options: Readonly<Required<ConnectionOptions>>;
  readonly #closing: Closing;
  #cancel: Cancel | null = null;

  constructor(clock: Clock, options: Readonly<Required<ConnectionOptions>>, closing: Closing) {
    this.#clock = clock;
    this.#options = options;
    this.#closing = closing;
  }

  /** Begins anew. */
  set(): void {
    const { lingerMs, writeStallMs } = this.#options;
    this.cancel();
    if (this.#closing.unsentBytes === 0)
      this.#cancel = this.#clock.after(lingerMs, () => this.#closing.expired());
    else if (writeStallMs !== Number.POSITIVE_INFINITY) this.#waitForProgress(writeStallMs);
  }

  cancel(): void {
    this.#cancel?.();
  }

  #waitForProgress(afterMs: number): void {
    const { sentBytes } = this.#closing;
    this.#cancel = this.#clock.after(afterMs, () => {
      if (this.#closing.sentBytes > sentBytes) this.set();
      else this.#closing.expired({ by: "local", kind: "write-stall", afterMs });
    });
  }
}
