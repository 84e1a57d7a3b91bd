import { TokenBucket } from "../token-bucket.ts";
import { type DueItem, DueQueue } from "./due-queue.ts";
import type { Rate } from "./rate.ts";

/** What a stream does when it is its turn: takes what it uses of `maxBytes`, and asks again if it wants more. */
export type Go = (maxBytes: number, now: number) => void;

/** One stream's pass for a lane: its own bucket, and its place while it waits. */
export class Pass implements DueItem {
  readonly go: Go;
  /** Bytes that have to be there before it is its turn; none: no more than that nothing is owed. */
  wants = 0;
  bucket: TokenBucket | null = null;
  /** Which of the lane's rates the bucket was made for. */
  generation = -1;
  dueAt = 0;
  place = -1;

  constructor(go: Go) {
    this.go = go;
  }
}

/**
 * One direction of all streams. Whoever wants to go on waits first until the stream's own rate allows it, then until the
 * rate of all together does, in turn. Holds on to nobody but those that wait.
 */
export class Lane {
  #each: Rate | null = null;
  #total: Rate | null = null;
  #generation = 0;
  #bucket: TokenBucket | null = null;
  /** Those whose own rate allows it, in the order of their turns. */
  readonly #ready = new Set<Pass>();
  /** Those whose own rate does not yet. */
  readonly #paced = new DueQueue<Pass>();
  readonly #changed: () => void;
  #serving = false;

  /** `changed` is called when `nextDue` may have changed. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get isUnlimited(): boolean {
    return this.#each === null && this.#total === null;
  }

  /** Whether anybody's own rate allows what the rate of all together does not yet. */
  get isContended(): boolean {
    return this.#ready.size > 0;
  }

  /** What a slice of a longer write waits for. */
  get sliceBytes(): number {
    const each = this.#each?.sliceBytes ?? Number.POSITIVE_INFINITY;
    return Math.min(each, this.#total?.sliceBytes ?? Number.POSITIVE_INFINITY);
  }

  /** Other rates from now on; those that wait are looked at anew with the next `serve`. */
  change(each: Rate | null, total: Rate | null, now: number): void {
    this.#generation += 1;
    this.#each = each;
    this.#total = total;
    this.#bucket = changed(this.#bucket, total, now);
    for (let pass = this.#paced.first; pass !== undefined; pass = this.#paced.first) {
      this.#paced.delete(pass);
      this.#ready.add(pass);
    }
    for (const pass of this.#ready) this.#bucketOf(pass, now);
  }

  /** Whether `pass` may go on with what it does, as neither it nor all together owe anything. */
  isFree(pass: Pass, now: number): boolean {
    return this.#ready.size === 0 && this.#ownWaitMs(pass, 0, now) === 0 && this.#totalWaitMs(0, now) === 0;
  }

  /** Has `pass` go as soon as `wants` bytes are there: at once, if they are and nobody waits. */
  ask(pass: Pass, wants: number, now: number): void {
    pass.wants = wants;
    const ownWaitMs = this.#ownWaitMs(pass, wants, now);
    if (ownWaitMs > 0) this.#pace(pass, ownWaitMs, now);
    else if (this.#serving || this.#ready.size > 0 || this.#totalWaitMs(wants, now) > 0)
      this.#ready.add(pass);
    else return pass.go(this.#allowed(pass, now), now);
    this.#changed();
  }

  /** `pass` waits no more. */
  withdraw(pass: Pass): void {
    if (pass.place >= 0) this.#paced.delete(pass);
    else if (!this.#ready.delete(pass)) return;
    this.#changed();
  }

  /** Counts bytes that have passed. */
  take(pass: Pass, count: number, now: number): void {
    this.#bucketOf(pass, now)?.take(count, now);
    this.#bucket?.take(count, now);
  }

  /** Counts bytes of all together alone; below 0 they are given back. */
  takeOfTotal(count: number, now: number): void {
    this.#bucket?.take(count, now);
    if (count < 0 && this.#ready.size > 0) this.#changed();
  }

  /** When somebody may be due: Infinity if nobody waits. */
  nextDue(now: number): number {
    const paced = this.#paced.first?.dueAt ?? Number.POSITIVE_INFINITY;
    for (const head of this.#ready) return Math.min(paced, now + this.#totalWaitMs(head.wants, now));
    return paced;
  }

  /** Has everybody go whose turn has come, in turn: each by an equal share, for as long as there is any. */
  serve(now: number): void {
    this.#serving = true;
    try {
      for (let pass = this.#paced.first; pass !== undefined && pass.dueAt <= now; pass = this.#paced.first) {
        this.#paced.delete(pass);
        this.#ready.add(pass);
      }
      const share = this.#share(now);
      // Who asks again stands behind all others, and the loop comes by once more.
      for (const pass of this.#ready) {
        const ownWaitMs = this.#ownWaitMs(pass, pass.wants, now);
        if (ownWaitMs === 0 && this.#totalWaitMs(pass.wants, now) > 0) break;
        this.#ready.delete(pass);
        if (ownWaitMs > 0) this.#pace(pass, ownWaitMs, now);
        else pass.go(Math.min(share, this.#allowed(pass, now)), now);
      }
    } finally {
      this.#serving = false;
    }
  }

  #share(now: number): number {
    if (this.#bucket === null) return Number.POSITIVE_INFINITY;
    const equal = Math.floor(this.#bucket.available(now) / Math.max(this.#ready.size, 1));
    return Math.max(equal, this.sliceBytes);
  }

  #allowed(pass: Pass, now: number): number {
    const own = this.#bucketOf(pass, now)?.available(now) ?? Number.POSITIVE_INFINITY;
    return Math.min(own, this.#bucket?.available(now) ?? Number.POSITIVE_INFINITY);
  }

  #pace(pass: Pass, waitMs: number, now: number): void {
    // In whole milliseconds: timers know no others, and more of the bytes are there by then.
    this.#paced.add(pass, now + Math.ceil(waitMs));
  }

  /** More than the burst is never there: who wants that waits for the burst. */
  #ownWaitMs(pass: Pass, wants: number, now: number): number {
    const bucket = this.#bucketOf(pass, now);
    return bucket === null ? 0 : bucket.waitMs(Math.min(wants, (this.#each as Rate).burstBytes), now);
  }

  #totalWaitMs(wants: number, now: number): number {
    if (this.#bucket === null) return 0;
    return this.#bucket.waitMs(Math.min(wants, (this.#total as Rate).burstBytes), now);
  }

  /** Brought up to date when it is needed, as streams that do not wait are not known here. */
  #bucketOf(pass: Pass, now: number): TokenBucket | null {
    if (pass.generation !== this.#generation) {
      pass.generation = this.#generation;
      pass.bucket = changed(pass.bucket, this.#each, now);
    }
    return pass.bucket;
  }
}

function changed(bucket: TokenBucket | null, rate: Rate | null, now: number): TokenBucket | null {
  if (rate === null) return null;
  if (bucket === null) return new TokenBucket(rate.bytesPerSecond, rate.burstBytes, now);
  bucket.change(rate.bytesPerSecond, rate.burstBytes, now);
  return bucket;
}
