import type { Cancel, Clock } from "../clock.ts";
import type { CloseReason } from "./close-reason.ts";
import type { ConnectionOptions } from "./options.ts";

/** How long a closing connection may take: for its last bytes as long as some are taken, then for the other side's FIN. */
export class CloseDeadline {
  readonly #clock: Clock;
  readonly #options: Readonly<Required<ConnectionOptions>>;
  readonly #expire: (reason?: CloseReason) => void;
  #cancel: Cancel | null = null;

  /** @param expire is called without a reason if everything was sent. */
  constructor(
    clock: Clock,
    options: Readonly<Required<ConnectionOptions>>,
    expire: (reason?: CloseReason) => void,
  ) {
    this.#clock = clock;
    this.#options = options;
    this.#expire = expire;
  }

  /** Begins anew. */
  set(unsentBytes: number): void {
    const { lingerMs, writeStallMs: afterMs } = this.#options;
    this.cancel();
    this.#cancel =
      unsentBytes > 0
        ? this.#clock.after(afterMs, () => this.#expire({ by: "local", kind: "write-stall", afterMs }))
        : this.#clock.after(lingerMs, () => this.#expire());
  }

  cancel(): void {
    this.#cancel?.();
  }
}
