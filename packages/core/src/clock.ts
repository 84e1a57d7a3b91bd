/** Ends what a {@link Clock} has begun; calling it again, or late, does nothing. */
export type Cancel = () => void;

/** The port through which core meets time. transport has the system's, testkit one that is advanced by hand. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Runs `task` once, `delayMs` from now at the earliest. */
  after(delayMs: number, task: () => void): Cancel;
  /** Runs `task` at the end of the current turn of the event loop, after the microtasks. */
  endOfTurn(task: () => void): void;
  /**
   * Runs `task` in a later turn of the event loop, when whatever else there is has had its own. The system's clock runs no more
   * of them in one turn than keep it short.
   */
  nextTurn(task: () => void): void;
}
