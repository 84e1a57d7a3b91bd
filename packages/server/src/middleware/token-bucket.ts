/**
 * The measure of a rate: a bucket that holds `burst` tokens, is full at first, and gains `perSecond` of them a second. It
 * may be overdrawn; what is taken then is paid for after a wait.
 */
export class TokenBucket {
  readonly #msPerToken: number;
  readonly #capacityMs: number;
  /** When the bucket was, or will be, empty with all that was taken paid for. */
  #emptyAt: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.#msPerToken = 1_000 / perSecond;
    this.#capacityMs = burst * this.#msPerToken;
    this.#emptyAt = now - this.#capacityMs;
  }

  /** Takes `count` tokens; answers after how many milliseconds they are paid for, 0 if they were there. */
  take(count: number, now: number): number {
    this.#emptyAt = Math.max(this.#emptyAt, now - this.#capacityMs) + count * this.#msPerToken;
    return Math.max(0, this.#emptyAt - now);
  }
}
