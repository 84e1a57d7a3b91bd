import type { ByteStream, ByteStreamSink } from "@parley/core";

/** The socket that a {@link UdpStream} stands on. */
export interface UdpPort {
  /** Sends one datagram to where the stream's go; `taken` once the system has it, or will not have it. */
  send(stream: UdpStream, datagram: Uint8Array, taken: () => void): void;
  /** A datagram was dropped, since nobody reads. */
  dropped(): void;
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

/**
 * The datagrams to and from one remote address, as a stream of them, each behind its length. There is no FIN in UDP: `end` ends both
 * ways, once all is sent.
 */
export class UdpStream implements ByteStream {
  readonly datagrams = true;
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** When a datagram last passed, in milliseconds; its owner's. */
  usedAt = 0;
  readonly #port: UdpPort;
  readonly #maxQueuedBytes: number;
  #sink: ByteStreamSink | null = null;
  #state: "open" | "expired" | "ending" | "gone" = "open";
  #isPaused = false;
  /** What came while nobody read. */
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #inFlightBytes = 0;
  #owesDrained = false;

  constructor(port: UdpPort, { localAddress, remoteAddress }: UdpEnds, maxQueuedBytes: number) {
    this.#port = port;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  open(sink: ByteStreamSink): void {
    this.#sink = sink;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state === "gone") return true;
    // The system takes them later, and the buffer is the writer's again at once.
    const copy = Buffer.from(bytes);
    let at = 0;
    while (at < copy.length) {
      const end = at + lengthBytes + copy.readUInt32BE(at);
      this.#send(copy.subarray(at + lengthBytes, end));
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
    if (this.#queue.length > 0) setImmediate(() => this.#deliver());
  }

  end(): void {
    if (this.#state === "gone" || this.#state === "ending") return;
    const sink = this.#sink;
    if (this.#state === "open") setImmediate(() => sink?.ended());
    this.#state = "ending";
    if (this.#inFlightBytes === 0) this.#leave();
  }

  destroy(): void {
    if (this.#state !== "gone") this.#leave();
  }

  // What its owner tells it

  /** A datagram has come. */
  arrived(datagram: Uint8Array): void {
    if (this.#state !== "open") return;
    const length = lengthBytes + datagram.length;
    if (this.#queuedBytes + length > this.#maxQueuedBytes) return this.#port.dropped();
    const framed = Buffer.allocUnsafe(length);
    framed.writeUInt32BE(datagram.length);
    framed.set(datagram, lengthBytes);
    if (!this.#isPaused && this.#queue.length === 0) return this.#sink?.received(framed);
    this.#queue.push(framed);
    this.#queuedBytes += length;
  }

  /** Nothing has passed for too long: the other side is taken to have ended, and for gone the next time. */
  expire(): void {
    if (this.#state === "gone") return;
    if (this.#state === "open") {
      this.#state = "expired";
      this.#sink?.ended();
    } else this.destroy();
  }

  /** The system says that nobody is there. */
  lost(error: Error): void {
    if (this.#state !== "gone") this.#leave(error);
  }

  #send(datagram: Uint8Array): void {
    this.#inFlightBytes += datagram.length;
    this.#port.send(this, datagram, () => {
      this.#inFlightBytes -= datagram.length;
      if (this.#inFlightBytes > 0 || this.#state === "gone") return;
      if (this.#state === "ending") this.#leave();
      else if (this.#owesDrained) {
        this.#owesDrained = false;
        this.#sink?.drained();
      }
    });
  }

  #deliver(): void {
    while (!this.#isPaused && this.#state === "open") {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#queuedBytes -= next.length;
      this.#sink?.received(next);
    }
  }

  #leave(error?: Error): void {
    const sink = this.#sink;
    this.#state = "gone";
    this.#queue = [];
    this.#port.forget(this);
    setImmediate(() => sink?.closed(error));
  }
}
