import { type Enrolled, Roster } from "./roster.ts";

/** What becomes of a new connection. */
export type Verdict = "serve" | "wait" | "refuse";

/**
 * The decision over new connections: served up to `concurrency`, waiting up to `backlog` behind them in the order of
 * arrival, refused beyond. Knows nothing of what it admits, nor of time.
 */
export class Admission<T extends Enrolled> {
  readonly #concurrency: number;
  readonly #backlog: number;
  readonly #serving = new Roster<T>();
  readonly #waiting = new Set<T>();

  constructor(concurrency: number, backlog: number) {
    this.#concurrency = concurrency;
    this.#backlog = backlog;
  }

  /** In the order in which their service began. */
  get serving(): Pick<Roster<T>, "size"> & Iterable<T> {
    return this.#serving;
  }

  /** In the order of arrival. */
  get waiting(): ReadonlySet<T> {
    return this.#waiting;
  }

  arrive(newcomer: T): Verdict {
    if (this.#serving.size < this.#concurrency) {
      this.#serving.add(newcomer);
      return "serve";
    }
    if (this.#waiting.size < this.#backlog) {
      this.#waiting.add(newcomer);
      return "wait";
    }
    return "refuse";
  }

  /** Takes note of an end, wherever it stood; answers where that was. */
  leave(leaver: T): "serving" | "waiting" | "neither" {
    if (this.#serving.delete(leaver)) return "serving";
    return this.#waiting.delete(leaver) ? "waiting" : "neither";
  }

  /** Gives a free place to whoever has waited longest of those that are not on their way out. */
  promote(isLeaving: (waiting: T) => boolean): T | undefined {
    if (this.#serving.size >= this.#concurrency) return undefined;
    for (const next of this.#waiting) {
      if (isLeaving(next)) continue;
      this.#waiting.delete(next);
      this.#serving.add(next);
      return next;
    }
    return undefined;
  }
}
