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

/** Keeps the count of a drain: who was busy when it was told, and how each of them ended. */
export class Drain<T> {
  readonly #busy = new Set<T>();
  /** Without those that were cut nevertheless. */
  readonly #idle = new Set<T>();
  /** How those ended that did so while they were being told, or before. */
  readonly #endedBefore = new Map<T, boolean>();
  readonly #refused: number;
  #completed = 0;
  #aborted = 0;

  constructor(refused: number) {
    this.#refused = refused;
  }

  /** A connection was told. */
  told(connection: T, busy: boolean): void {
    (busy ? this.#busy : this.#idle).add(connection);
    const orderly = this.#endedBefore.get(connection);
    if (orderly !== undefined) this.ended(connection, orderly);
  }

  ended(connection: T, orderly: boolean): void {
    if (this.#busy.has(connection)) {
      if (orderly) this.#completed += 1;
      else this.#aborted += 1;
    } else if (!this.#idle.has(connection)) this.#endedBefore.set(connection, orderly);
    else if (!orderly) {
      this.#idle.delete(connection);
      this.#aborted += 1;
    }
  }

  get report(): DrainReport {
    return {
      completed: this.#completed,
      idle: this.#idle.size,
      aborted: this.#aborted,
      refused: this.#refused,
    };
  }
}
