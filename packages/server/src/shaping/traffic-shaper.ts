import type { ByteStream, Cancel, Clock } from "@parley/core";
import { Lane } from "./lane.ts";
import { rateOf } from "./rate.ts";
import { ShapedStream } from "./shaped-stream.ts";
import {
  type GivenRates,
  type ShapingRates,
  shapingClock,
  shapingRates,
  type TrafficShaperOptions,
} from "./shaping-options.ts";

/** Limits how many bytes a second pass through the streams it wraps. */
export interface TrafficShaper {
  /** The rates that hold now. */
  readonly rates: ShapingRates;
  /**
   * Changes the rates that are given, for the streams that stand too: those that wait are looked at anew at the end of this
   * turn. What is owed stays owed in bytes, unless there is no limit any more.
   * @throws ParleyError `bad-option`; then nothing has changed.
   */
  set(rates: GivenRates): void;
  /**
   * The stream behind these rates; to be called before it is opened. Also without any rate it is another stream, which passes
   * all on: otherwise a later `set` would not reach it.
   */
  wrap(stream: ByteStream): ByteStream;
}

/**
 * Makes a shaper of token buckets: one each way for every stream, and one each way for all together, which they use in turn.
 * What is written leaves in slices, with a burst of 100 ms' worth of the rate, at least 1,460 bytes and at most 64 KiB (or 5 ms'
 * worth, where that is more). What is received is delivered whole, and reading pauses until it is paid for, so that at any moment
 * each stream may be ahead of its rates by what one read of it brings. Datagrams are not cut. One timer serves all, while anybody waits.
 *
 *     const shaper = trafficShaper({ writeBytesPerSecond: 100_000, totalWriteBytesPerSecond: 1_000_000 });
 *     createServer({ codec: textLines(), handler: echo(), shaper });
 *     shaper.set({ totalWriteBytesPerSecond: 5_000_000 });
 *
 * @throws ParleyError `bad-option`.
 */
export function trafficShaper(options: TrafficShaperOptions = {}): TrafficShaper {
  return new LaneShaper(shapingRates(options), shapingClock(options));
}

class LaneShaper implements TrafficShaper {
  #rates: ShapingRates;
  readonly #clock: Clock;
  readonly #reading: Lane = new Lane(() => this.#setTimer());
  readonly #writing: Lane = new Lane(() => this.#setTimer());
  #timer: { readonly dueAt: number; readonly cancel: Cancel } | null = null;
  #serving = false;

  constructor(rates: ShapingRates, clock: Clock) {
    this.#rates = rates;
    this.#clock = clock;
    this.#changeLanes();
  }

  get rates(): ShapingRates {
    return this.#rates;
  }

  set(rates: GivenRates): void {
    this.#rates = shapingRates(rates, this.#rates);
    this.#changeLanes();
    // Not here: what it has to tell would come in the middle of whatever calls this.
    if (this.#timer !== null) this.#clock.endOfTurn(() => this.#serve());
  }

  wrap(stream: ByteStream): ByteStream {
    return new ShapedStream(stream, this.#reading, this.#writing, this.#clock);
  }

  #changeLanes(): void {
    const now = this.#clock.now();
    const rates = this.#rates;
    this.#reading.change(rateOf(rates.readBytesPerSecond), rateOf(rates.totalReadBytesPerSecond), now);
    this.#writing.change(rateOf(rates.writeBytesPerSecond), rateOf(rates.totalWriteBytesPerSecond), now);
  }

  #serve(): void {
    this.#clearTimer();
    this.#serving = true;
    try {
      const now = this.#clock.now();
      this.#reading.serve(now);
      this.#writing.serve(now);
    } finally {
      this.#serving = false;
      this.#setTimer();
    }
  }

  /** Sees to it that there is a timer while anybody waits, and none otherwise. */
  #setTimer(): void {
    if (this.#serving) return;
    const now = this.#clock.now();
    const dueAt = Math.min(this.#reading.nextDue(now), this.#writing.nextDue(now));
    if (this.#timer !== null && this.#timer.dueAt <= dueAt && dueAt !== Number.POSITIVE_INFINITY) return;
    this.#clearTimer();
    if (dueAt === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.ceil(dueAt - now), 0x7fff_ffff);
    const cancel = this.#clock.after(delayMs, () => this.#serve());
    this.#timer = { dueAt, cancel };
  }

  #clearTimer(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
