import type { ByteStream, ByteStreamSink } from "@parley/core";

/** The socket that a {@link UdpStream} stands on. */
export interface UdpPort {
  /** Sends one datagram to where the stream's go; `taken` once the system has it, or will not have it for `error`. */
  send(stream: UdpStream, datagram: Uint8Array, taken: (error: Error | null) => void): void;
  /** What became of a datagram. */
  sent(stream: UdpStream, error: Error | null): void;
  /** Datagrams were dropped, since nobody reads them. */
  dropped(datagrams: number): void;
  /** The stream is gone. */
  forget(stream: UdpStream): void;
}

/** Where both ends are. */
export interface UdpEnds {
  readonly localAddress: string;
  readonly remoteAddress: string;
}

const lengthBytes = 4;

/** With more on its way into the system, `write` asks for patience. */
const maxInFlightBytes = 64 * 1024;

/** What keeping a datagram takes beside its bytes, so that the bound holds for many small ones too. */
const keepingBytes = 128;

/**
 * The datagrams to and from one remote address, as a stream of them, each behind its length. There is no FIN in UDP: `end` ends both
 * ways, once all is sent.
 */
export class UdpStream implements ByteStream {
  readonly datagrams = true;
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** When a datagram last passed, or when it expired, in milliseconds. */
  usedAt: number = performance.now();
  readonly #port: UdpPort;
  readonly #maxQueuedBytes: number;
  #sink: ByteStreamSink | null = null;
  /** Expiring: the other side is taken to have ended, but what came before that is not read yet. */
  #state: "open" | "expiring" | "expired" | "ending" | "gone" = "open";
  #isPaused = false;
  /** What came while nobody read; a set, since its first is taken at no cost however many there are. */
  readonly #queue = new Set<Uint8Array>();
  #queuedBytes = 0;
  #inFlight = 0;
  /** Since nothing was in flight. */
  #inFlightBytes = 0;
  #owesDrained = false;
  readonly #taken = (error: Error | null): void => this.#wasTaken(error);

  constructor(port: UdpPort, { localAddress, remoteAddress }: UdpEnds, maxQueuedBytes: number) {
    this.#port = port;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  open(sink: ByteStreamSink): void {
    this.#sink = sink;
    if (this.#queue.size > 0 || this.#state === "expiring") setImmediate(() => this.#deliver());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state === "gone") return true;
    this.#use();
    // The system takes them later, and the buffer is the writer's again at once.
    const copy = Buffer.from(bytes);
    let at = 0;
    while (at < copy.length) {
      const end = at + lengthBytes + copy.readUInt32BE(at);
      this.#inFlight += 1;
      this.#inFlightBytes += end - at;
      this.#port.send(this, copy.subarray(at + lengthBytes, end), this.#taken);
      at = end;
    }
    if (this.#inFlightBytes <= maxInFlightBytes) return true;
    this.#owesDrained = true;
    return false;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#queue.size > 0) setImmediate(() => this.#deliver());
  }

  end(): void {
    if (this.#state === "gone" || this.#state === "ending") return;
    const sink = this.#sink;
    if (this.#state !== "expired") setImmediate(() => sink?.ended());
    this.#state = "ending";
    this.#discard();
    if (this.#inFlight === 0) this.#leave();
  }

  destroy(): void {
    if (this.#state !== "gone") this.#leave();
  }

  // What its owner tells it

  /** A datagram has come. */
  arrived(datagram: Uint8Array): void {
    const { length } = datagram;
    const isRead = this.#sink !== null && !this.#isPaused && this.#queue.size === 0;
    const isKept = isRead || this.#queuedBytes + length + keepingBytes <= this.#maxQueuedBytes;
    if (this.#state !== "open" || !isKept) return this.#port.dropped(1);
    this.#use();
    const framed = Buffer.allocUnsafe(lengthBytes + length);
    framed.writeUInt32BE(length);
    framed.set(datagram, lengthBytes);
    if (isRead) return this.#sink?.received(framed);
    this.#queue.add(framed);
    this.#queuedBytes += length + keepingBytes;
  }

  /** Nothing has passed for too long: the other side is taken to have ended, and for gone the next time. */
  expire(): void {
    if (this.#state !== "open") return this.destroy();
    this.usedAt = performance.now();
    this.#state = "expiring";
    this.#tellExpired();
  }

  /** The system says that nobody is there. */
  lost(error: Error): void {
    if (this.#state !== "gone") this.#leave(error);
  }

  /** One that has expired stays so, whatever still passes. */
  #use(): void {
    if (this.#state === "open") this.usedAt = performance.now();
  }

  #wasTaken(error: Error | null): void {
    this.#inFlight -= 1;
    this.#port.sent(this, error);
    if (this.#inFlight > 0) return;
    this.#inFlightBytes = 0;
    if (this.#state === "gone") return;
    if (this.#state === "ending") return this.#leave();
    if (!this.#owesDrained) return;
    this.#owesDrained = false;
    this.#sink?.drained();
  }

  #deliver(): void {
    for (const framed of this.#queue) {
      if (this.#isPaused) return;
      this.#queue.delete(framed);
      this.#queuedBytes -= framed.length - lengthBytes + keepingBytes;
      this.#sink?.received(framed);
    }
    this.#tellExpired();
  }

  #tellExpired(): void {
    if (this.#state !== "expiring" || this.#queue.size > 0 || this.#sink === null) return;
    this.#state = "expired";
    this.#sink.ended();
  }

  #leave(error?: Error): void {
    const sink = this.#sink;
    this.#state = "gone";
    this.#discard();
    this.#port.forget(this);
    setImmediate(() => sink?.closed(error));
  }

  /** Nobody will read what is kept. */
  #discard(): void {
    if (this.#queue.size > 0) this.#port.dropped(this.#queue.size);
    this.#queue.clear();
  }
}
