/** What a drain found and did. */
export interface DrainReport {
  /** Connections that were busy and finished within the grace. */
  readonly completed: number;
  /** Connections that had nothing in flight and ended at once. */
  readonly idle: number;
  /** Connections that were cut when the grace ended, or ended in disorder before. */
  readonly aborted: number;
  /** Connections that waited in the backlog and were refused. */
  readonly refused: number;
}

/** Keeps the count of a drain: who was busy when it began, and how each of them ended. */
export class Drain<T> {
  readonly #busy: ReadonlySet<T>;
  #idle: number;
  readonly #refused: number;
  #completed = 0;
  #aborted = 0;

  constructor(busy: ReadonlySet<T>, idle: number, refused: number) {
    this.#busy = busy;
    this.#idle = idle;
    this.#refused = refused;
  }

  ended(connection: T, orderly: boolean): void {
    if (this.#busy.has(connection)) {
      if (orderly) this.#completed += 1;
      else this.#aborted += 1;
    } else if (!orderly) {
      this.#idle -= 1;
      this.#aborted += 1;
    }
  }

  get report(): DrainReport {
    return { completed: this.#completed, idle: this.#idle, aborted: this.#aborted, refused: this.#refused };
  }
}
