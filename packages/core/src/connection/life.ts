import { ParleyError } from "../error.ts";
import { ClosedError, type CloseReason } from "./close-reason.ts";
import { type ConnectionState, transitions } from "./state.ts";

/** A connection's state, why it ends, and who wants to know of it. A base: an object of its own would be paid for by every connection. */
export abstract class Life {
  #state: ConnectionState = "opening";
  #reason: CloseReason | null = null;
  #abort: AbortController | null = null;
  #waiting: ((reason: CloseReason) => void)[] | null = null;

  get state(): ConnectionState {
    return this.#state;
  }

  /** Resolves with the reason once closed. */
  get whenClosed(): Promise<CloseReason> {
    if (this.#state === "closed") return Promise.resolve(this.#reason as CloseReason);
    return new Promise((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  /** Why it is closing or closed; null before. */
  protected get reason(): CloseReason | null {
    return this.#reason;
  }

  /** Why it would be closed now if nothing went wrong. */
  protected get naturalReason(): CloseReason {
    if (this.#state === "remote-ended") return { by: "remote", kind: "ended" };
    return { by: "local", kind: this.#state === "draining" ? "drained" : "ended" };
  }

  /** Made when somebody asks. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#state === "closed") this.#abort.abort(this.unusable());
    }
    return this.#abort.signal;
  }

  /** @throws Error if the table of states has no such step: that would be a fault of ours. */
  protected enter(next: ConnectionState): void {
    if (!transitions[this.#state].includes(next)) {
      throw new Error(`A connection cannot go from ${this.#state} to ${next}.`);
    }
    this.#state = next;
  }

  protected enterClosing(reason: CloseReason): void {
    this.#reason = reason;
    this.enter("closing");
  }

  /** `tellClosed` follows. */
  protected enterClosed(reason: CloseReason): void {
    this.#reason = reason;
    this.enter("closed");
  }

  protected tellClosed(): void {
    this.#abort?.abort(this.unusable());
    if (this.#waiting === null) return;
    for (const resolve of this.#waiting) resolve(this.#reason as CloseReason);
  }

  /** What to throw at whoever wants of the connection what it cannot do (any more). */
  unusable(): ParleyError {
    if (this.#reason !== null) return new ClosedError(this.#reason);
    if (this.#state === "local-ended") return new ClosedError({ by: "local", kind: "ended" });
    return new ParleyError(
      "closed",
      `The connection is ${this.#state} and cannot send yet; wait until it is served.`,
    );
  }
}
