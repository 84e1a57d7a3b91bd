import type { ByteStream, ByteStreamSink } from "@parley/core";
import { type MemoryLimits, type MemoryOptions, memoryLimits } from "./memory-options.ts";
import { MemoryPipe } from "./memory-pipe.ts";
import { nextTurn, type Turn } from "./turn.ts";

/** The two ends of one memory stream. */
export interface MemoryPair {
  readonly near: ByteStream;
  readonly far: ByteStream;
}

/**
 * Two byte streams that are joined: what is written to one is received by the other. Each report has a turn of the event
 * loop to itself. Misuse of the port (writing before `drained`, or behind the FIN) throws.
 * @throws ParleyError `bad-option`.
 */
export function memoryPair(
  options: MemoryOptions = {},
  nearAddress = "memory://near",
  farAddress = "memory://far",
): MemoryPair {
  return joinedStreams(memoryLimits(options), nextTurn, nearAddress, farAddress);
}

/** The same, with limits that are checked already, and turns of whoever's making. */
export function joinedStreams(
  limits: MemoryLimits,
  turn: Turn,
  nearAddress: string,
  farAddress: string,
): MemoryPair {
  return MemoryStream.pair(limits, turn, nearAddress, farAddress);
}

class MemoryStream implements ByteStream {
  static pair(
    { capacityBytes, chunkBytes }: MemoryLimits,
    turn: Turn,
    nearAddress: string,
    farAddress: string,
  ): MemoryPair {
    const there = new MemoryPipe(capacityBytes);
    const back = new MemoryPipe(capacityBytes);
    const near = new MemoryStream(nearAddress, farAddress, back, there, chunkBytes, turn);
    const far = new MemoryStream(farAddress, nearAddress, there, back, chunkBytes, turn);
    near.#other = far;
    far.#other = near;
    return { near, far };
  }

  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly #incoming: MemoryPipe;
  readonly #outgoing: MemoryPipe;
  readonly #chunkBytes: number;
  readonly #nextTurn: Turn;
  #other: MemoryStream = this;
  #sink: ByteStreamSink | null = null;
  #turn: "none" | "due" = "none";
  #reading: "flowing" | "paused" | "ended" = "flowing";
  /** `ending` while a write that was held on to stands before the FIN. */
  #writing: "open" | "ending" | "ended" = "open";
  /** The rest of a write that found no room; `taken` once it has, until that is reported. */
  #held: Uint8Array | "taken" | null = null;
  /** Lost is who was destroyed or reset and has yet to be told. */
  #life: "alive" | { readonly lostBy: Error | undefined } | "closed" = "alive";

  private constructor(
    localAddress: string,
    remoteAddress: string,
    incoming: MemoryPipe,
    outgoing: MemoryPipe,
    chunkBytes: number,
    nextTurn: Turn,
  ) {
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#chunkBytes = chunkBytes;
    this.#nextTurn = nextTurn;
  }

  open(sink: ByteStreamSink): void {
    if (this.#sink !== null) throw new Error("open() was called before; a stream has one sink.");
    this.#sink = sink;
    this.#wake();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#life !== "alive") return true;
    if (this.#sink === null) throw new Error("write() before open().");
    if (this.#writing !== "open") throw new Error("write() behind end().");
    if (this.#held !== null) throw new Error("write() before drained() was reported.");
    const taken = this.#outgoing.offer(bytes);
    this.#other.#wake();
    if (taken === bytes.length) return true;
    this.#held = bytes.subarray(taken);
    return false;
  }

  pause(): void {
    if (this.#reading === "flowing") this.#reading = "paused";
  }

  resume(): void {
    if (this.#reading !== "paused") return;
    this.#reading = "flowing";
    this.#wake();
  }

  end(): void {
    if (this.#life !== "alive" || this.#writing !== "open") return;
    this.#writing = "ending";
    if (!(this.#held instanceof Uint8Array)) this.#finishWriting();
  }

  destroy(): void {
    if (this.#life !== "alive") return;
    this.#lose(undefined);
    this.#other.#lose(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }));
  }

  #lose(error: Error | undefined): void {
    if (this.#life !== "alive") return;
    this.#life = { lostBy: error };
    this.#incoming.discard();
    this.#held = null;
    this.#wake();
  }

  /** The other side has read: there is room again. */
  #refill(): void {
    if (!(this.#held instanceof Uint8Array)) return;
    const taken = this.#outgoing.offer(this.#held);
    if (taken < this.#held.length) {
      this.#held = this.#held.subarray(taken);
      return;
    }
    this.#held = "taken";
    if (this.#writing === "ending") this.#finishWriting();
    this.#wake();
  }

  #finishWriting(): void {
    this.#writing = "ended";
    this.#outgoing.end();
    this.#other.#wake();
    this.#wake();
  }

  #wake(): void {
    if (this.#turn === "due" || this.#sink === null || this.#life === "closed") return;
    this.#turn = "due";
    this.#nextTurn(() => {
      this.#turn = "none";
      this.#report(this.#sink as ByteStreamSink);
    });
  }

  /** Reports the one thing that is next, and sees to it that the one after has its turn. */
  #report(sink: ByteStreamSink): void {
    if (typeof this.#life === "object") {
      const { lostBy } = this.#life;
      this.#life = "closed";
      sink.closed(lostBy);
    } else if (this.#held === "taken") {
      this.#held = null;
      this.#wake();
      sink.drained();
    } else if (this.#reading === "flowing" && this.#incoming.length > 0) {
      const chunk = this.#incoming.take(this.#chunkBytes);
      this.#other.#refill();
      this.#wake();
      sink.received(chunk);
    } else if (this.#reading === "flowing" && this.#incoming.ended) {
      this.#reading = "ended";
      this.#wake();
      sink.ended();
    } else if (this.#reading === "ended" && this.#writing === "ended") {
      this.#life = "closed";
      sink.closed();
    }
  }
}
