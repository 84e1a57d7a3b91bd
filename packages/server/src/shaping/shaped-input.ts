import type { ByteStream, Clock } from "@parley/core";
import { type Lane, Pass } from "./lane.ts";

/**
 * A stream's way in: what is received is delivered whole, and paid for by a pause. It flows while neither the connection nor
 * its rates hold it back.
 */
export class ShapedInput {
  readonly #stream: ByteStream;
  readonly #lane: Lane;
  readonly #clock: Clock;
  readonly #pass: Pass = new Pass((_, now) => this.#flow(now));
  /** Held back by the connection (paused), or, although the connection wants to read, by the rates (waiting). */
  #state: "flowing" | "waiting" | "paused" | "over" = "flowing";
  /** How long the last chunk was; 0 before the first. */
  #chunkBytes = 0;
  /** What of the next chunk is paid for already. */
  #depositBytes = 0;

  constructor(stream: ByteStream, lane: Lane, clock: Clock) {
    this.#stream = stream;
    this.#lane = lane;
    this.#clock = clock;
  }

  /** The stream beneath has begun to read. */
  begin(): void {
    if (!this.#lane.isUnlimited) this.#checkRates(this.#clock.now());
  }

  received(count: number): void {
    if (this.#lane.isUnlimited) return;
    const now = this.#clock.now();
    this.#lane.take(this.#pass, count, now);
    this.#giveBack(now);
    this.#chunkBytes = count;
    this.#checkRates(now);
  }

  pause(): void {
    if (this.#state === "flowing") {
      this.#stream.pause();
      this.#giveBack(this.#clock.now());
    } else if (this.#state === "waiting") this.#lane.withdraw(this.#pass);
    else return;
    this.#state = "paused";
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "waiting";
    this.#lane.ask(this.#pass, 0, this.#clock.now());
  }

  /** Nothing more will come. */
  stop(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#giveBack(this.#clock.now());
    this.#lane.withdraw(this.#pass);
  }

  #checkRates(now: number): void {
    if (this.#state !== "flowing" || this.#lane.isFree(this.#pass, now)) return;
    this.#state = "waiting";
    this.#stream.pause();
    this.#lane.ask(this.#pass, 0, now);
  }

  /**
   * While others wait, a chunk like the last is paid for in advance: else all of them would go at once. Who then sends nothing
   * keeps nobody waiting.
   */
  #flow(now: number): void {
    this.#state = "flowing";
    if (this.#lane.isContended) {
      this.#depositBytes = this.#chunkBytes || this.#lane.sliceBytes;
      this.#lane.takeOfTotal(this.#depositBytes, now);
    }
    this.#stream.resume();
  }

  #giveBack(now: number): void {
    if (this.#depositBytes === 0) return;
    this.#lane.takeOfTotal(-this.#depositBytes, now);
    this.#depositBytes = 0;
  }
}
