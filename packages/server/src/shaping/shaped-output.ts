import type { ByteStream, Clock } from "@parley/core";
import { type Lane, Pass } from "./lane.ts";
import { datagramsOf, firstDatagram, sliceOf } from "./slice.ts";

/** A stream's way out: what is written leaves slice by slice, as its rates allow and as the stream beneath takes it. */
export class ShapedOutput {
  readonly #stream: ByteStream;
  readonly #lane: Lane;
  readonly #clock: Clock;
  readonly #drained: () => void;
  readonly #pass: Pass = new Pass((maxBytes, now) => this.#go(maxBytes, now));
  #state: "open" | "ending" | "ended" | "gone" = "open";
  /** What of a write is still to be handed to the stream beneath: the writer's own bytes, which are ours until `drained`. */
  #rest: Uint8Array | null = null;
  /** Bytes of the slice that the stream beneath holds on to; 0 when it is free. */
  #heldBytes = 0;
  /** Whether a write has returned false, and `drained` is yet to come. */
  #owesDrained = false;

  constructor(stream: ByteStream, lane: Lane, clock: Clock, drained: () => void) {
    this.#stream = stream;
    this.#lane = lane;
    this.#clock = clock;
    this.#drained = drained;
  }

  get unsentBytes(): number {
    const held = this.#heldBytes === 0 ? 0 : (this.#stream.unsentBytes ?? this.#heldBytes);
    return held + (this.#rest?.length ?? 0);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state === "gone") return true;
    if (this.#lane.isUnlimited || bytes.length === 0) this.#handOver(bytes);
    else {
      this.#rest = bytes;
      this.#ask(bytes, this.#clock.now());
    }
    this.#owesDrained = this.#rest !== null || this.#heldBytes > 0;
    return !this.#owesDrained;
  }

  /** The stream beneath has taken the slice that it held on to. */
  sliceTaken(): void {
    this.#heldBytes = 0;
    if (this.#rest !== null) this.#ask(this.#rest, this.#clock.now());
    else this.#tellDrained();
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    if (this.#rest === null) this.#finish();
  }

  /** What is unsent is lost. */
  stop(): void {
    this.#state = "gone";
    this.#rest = null;
    this.#lane.withdraw(this.#pass);
  }

  #ask(rest: Uint8Array, now: number): void {
    const whole = this.#stream.datagrams === true ? firstDatagram(rest, 0) : rest.length;
    const wants = this.#stream.datagrams === true ? whole : Math.min(whole, this.#lane.sliceBytes);
    this.#lane.ask(this.#pass, wants, now);
  }

  #go(maxBytes: number, now: number): void {
    const rest = this.#rest as Uint8Array;
    const length = this.#stream.datagrams === true ? datagramsOf(rest, maxBytes) : sliceOf(rest, maxBytes);
    this.#lane.take(this.#pass, length, now);
    this.#rest = length === rest.length ? null : rest.subarray(length);
    const taken = this.#handOver(rest.subarray(0, length));
    if (this.#rest === null) {
      if (this.#state === "ending") this.#finish();
      if (taken) this.#tellDrained();
    } else if (taken) this.#ask(this.#rest, now);
  }

  #handOver(bytes: Uint8Array): boolean {
    const taken = this.#stream.write(bytes);
    if (!taken) this.#heldBytes = bytes.length;
    return taken;
  }

  /** Not from inside `write`, which says the same by returning true. */
  #tellDrained(): void {
    if (!this.#owesDrained) return;
    this.#owesDrained = false;
    this.#drained();
  }

  #finish(): void {
    this.#state = "ended";
    this.#stream.end();
  }
}
