/** What rounding may make of a token that is there. */
const slackTokens = 1e-6;

/**
 * The measure of a rate: a bucket that holds `burst` tokens, is full at first, and gains `perSecond` of them a second. It
 * may be overdrawn; what is taken then is paid for after a wait.
 */
export class TokenBucket {
  #msPerToken: number;
  #capacityMs: number;
  /** When the bucket was, or will be, empty with all that was taken paid for. */
  #emptyAt: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.#msPerToken = 1_000 / perSecond;
    this.#capacityMs = burst * this.#msPerToken;
    this.#emptyAt = now - this.#capacityMs;
  }

  /** Takes `count` tokens, or gives them back below 0; answers after how many milliseconds they are paid for, 0 if they were there. */
  take(count: number, now: number): number {
    const fullAt = now - this.#capacityMs;
    const emptyAt = (this.#emptyAt <= fullAt ? fullAt : this.#emptyAt) + count * this.#msPerToken;
    this.#emptyAt = emptyAt;
    return emptyAt <= now ? 0 : emptyAt - now;
  }

  /** Whether `take(0, now)` would answer 0. */
  isPaid(now: number): boolean {
    return this.#emptyAt <= now;
  }

  /** How many whole tokens are there; 0 while it is overdrawn. */
  available(now: number): number {
    return Math.max(0, Math.floor(this.#filledMs(now) / this.#msPerToken + slackTokens));
  }

  /** After how many milliseconds `count` tokens, at most `burst`, will be there; for none: until it is not overdrawn. */
  waitMs(count: number, now: number): number {
    return Math.max(0, (count - slackTokens) * this.#msPerToken - this.#filledMs(now));
  }

  /** Goes on with another rate and burst: with the tokens that are there, or with what they are overdrawn by. */
  change(perSecond: number, burst: number, now: number): void {
    const tokens = this.#filledMs(now) / this.#msPerToken;
    this.#msPerToken = 1_000 / perSecond;
    this.#capacityMs = burst * this.#msPerToken;
    this.#emptyAt = now - Math.min(tokens, burst) * this.#msPerToken;
  }

  /**
   * How many milliseconds' worth is in it; below 0 what is owed. Of a full one exactly its capacity, lest rounding keep somebody
   * waiting for ever who wants all of it.
   */
  #filledMs(now: number): number {
    return this.#emptyAt <= now - this.#capacityMs ? this.#capacityMs : now - this.#emptyAt;
  }
}
