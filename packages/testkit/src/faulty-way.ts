import type { ByteStream, Clock } from "@parley/core";
import type { CompleteFaults } from "./faults.ts";

/** How much waits at the most before its source is read no further. */
const maxWaitingBytes = 64 * 1024;

/** What befell a direction, by the faults' names. */
export type FaultCounts = Record<"stall" | "reset" | "drop" | "halfClose", number>;

/** What a direction needs of the proxy that it belongs to. */
export interface FaultyWayHome {
  readonly clock: Clock;
  random(): number;
  happened(fault: keyof FaultCounts): void;
  /** Both connections are to be reset. */
  reset(): void;
}

/** One direction of a proxied connection: what one side has sent, on its way to the other, and what befalls it there. */
export class FaultyWay {
  readonly #home: FaultyWayHome;
  readonly #faults: CompleteFaults;
  readonly #from: ByteStream;
  readonly #to: ByteStream;
  #waiting: Uint8Array = new Uint8Array(0);
  /** `dropping`: nothing is delivered any more. */
  #state: "idle" | "under way" | "written" | "dropping" | "over" = "idle";
  #input: "open" | "ended" = "open";
  #isPaused = false;

  constructor(home: FaultyWayHome, faults: CompleteFaults, from: ByteStream, to: ByteStream) {
    this.#home = home;
    this.#faults = faults;
    this.#from = from;
    this.#to = to;
  }

  received(bytes: Uint8Array): void {
    if (this.#state === "dropping" || this.#state === "over") return;
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    if (this.#waiting.length > maxWaitingBytes && !this.#isPaused) {
      this.#isPaused = true;
      this.#from.pause();
    }
    this.#next();
  }

  ended(): void {
    this.#input = "ended";
    this.#next();
  }

  /** The other side has taken what was written. */
  drained(): void {
    if (this.#state !== "written") return;
    this.#state = "idle";
    this.#next();
  }

  /** The connection is gone. */
  close(): void {
    this.#state = "over";
    this.#waiting = new Uint8Array(0);
  }

  #next(): void {
    if (this.#state !== "idle") return;
    if (this.#waiting.length === 0) {
      if (this.#input === "ended") this.#end();
      return;
    }
    const { maxPieceBytes, maxDelayMs, bytesPerSecond, stallMs } = this.#faults;
    const longest = Math.min(this.#waiting.length, maxPieceBytes);
    const length =
      maxPieceBytes === Number.POSITIVE_INFINITY ? longest : 1 + Math.floor(this.#home.random() * longest);
    let delayMs = this.#home.random() * maxDelayMs + (length / bytesPerSecond) * 1000;
    if (this.#happens("stall")) delayMs += stallMs;
    this.#state = "under way";
    if (delayMs > 0) this.#home.clock.after(delayMs, () => this.#deliver(length));
    else this.#deliver(length);
  }

  #deliver(length: number): void {
    if (this.#state !== "under way") return;
    if (this.#happens("reset")) return this.#home.reset();
    if (this.#happens("drop")) {
      this.#state = "dropping";
      return;
    }
    if (this.#happens("halfClose")) return this.#end();
    // With a delay but pieces of any length, what came meanwhile goes along.
    const end = this.#faults.maxPieceBytes === Number.POSITIVE_INFINITY ? this.#waiting.length : length;
    const piece = this.#waiting.subarray(0, end);
    this.#waiting = this.#waiting.subarray(end);
    if (this.#isPaused && this.#waiting.length <= maxWaitingBytes / 2) {
      this.#isPaused = false;
      this.#from.resume();
    }
    this.#state = "written";
    if (!this.#to.write(piece)) return;
    this.#state = "idle";
    this.#next();
  }

  #end(): void {
    this.#state = "over";
    this.#waiting = new Uint8Array(0);
    this.#to.end();
  }

  #happens(fault: keyof FaultCounts): boolean {
    const probability = this.#faults[fault];
    // Chance is only asked where it has a say, so that one fault more does not change what befalls the others.
    if (probability === 0 || this.#home.random() >= probability) return false;
    this.#home.happened(fault);
    return true;
  }
}
