import type { ByteStream } from "../byte-stream.ts";
import type { Clock } from "../clock.ts";
import { OutputBuffer } from "../writer.ts";
import type { ConnectionOptions } from "./options.ts";
import { Waiters } from "./waiters.ts";

/** Whom an {@link Outbound} tells what became of the bytes. */
export interface OutboundOwner {
  /** The buffer has sunk to the low watermark after it had stood above the high one. */
  writableAgain(): void;
  /** The stream has taken a write that it had held on to. */
  progressed(): void;
}

/**
 * A connection's way out: one buffer that fills during a turn and leaves in one write. While the byte stream holds on to
 * a write, the next one gathers here.
 */
export class Outbound {
  /** Where codecs write; `queued` is called after. */
  readonly buffer: OutputBuffer = new OutputBuffer();
  /** Bytes handed to the stream so far. */
  bytes = 0;
  /** Whether the high watermark was passed and the low one not yet reached again. */
  full = false;
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  readonly #options: Readonly<Required<ConnectionOptions>>;
  readonly #owner: OutboundOwner;
  /** Bytes of the write that the stream holds on to; 0 when it is free. */
  #inFlight = 0;
  #ending = false;
  /** Set where bytes were lost: what to say of it. */
  #lost: (() => Error) | null = null;
  #writable: Waiters | null = null;
  #flushed: Waiters | null = null;
  /** Made with the first message. */
  #flush: (() => void) | null = null;

  constructor(
    stream: ByteStream,
    clock: Clock,
    options: Readonly<Required<ConnectionOptions>>,
    owner: OutboundOwner,
  ) {
    this.#stream = stream;
    this.#clock = clock;
    this.#options = options;
    this.#owner = owner;
  }

  /** Bytes queued here or held by the stream. */
  get bufferedBytes(): number {
    return this.buffer.at + this.#inFlight;
  }

  /** Bytes that have left. Where the stream does not tell how much of a write it still holds, that counts once it is all gone. */
  get sentBytes(): number {
    return this.bytes - (this.#inFlight === 0 ? 0 : (this.#stream.unsentBytes ?? this.#inFlight));
  }

  /** To be called after something was written to `buffer`, with the offset where it begins. */
  queued(at: number): void {
    if (this.#inFlight === 0) {
      if (at === 0) {
        this.#flush ??= () => this.flush();
        this.#clock.endOfTurn(this.#flush);
      }
      // Beyond the mark the buffer would only grow: what can leave, leaves.
      if (this.buffer.at > this.#options.highWatermarkBytes) this.flush();
    }
    if (this.bufferedBytes > this.#options.highWatermarkBytes) this.full = true;
  }

  /** Writes what is queued, unless the stream holds on to an earlier write. */
  flush(): void {
    const { buffer } = this;
    if (buffer.at === 0 || this.#inFlight > 0) return;
    const length = buffer.at;
    this.bytes += length;
    if (this.#stream.write(buffer.written())) {
      buffer.recycle();
      this.#flushed?.resolve();
    } else {
      buffer.handOver();
      this.#inFlight = length;
    }
  }

  /** The stream has taken the write it held on to. */
  drained(): void {
    this.#inFlight = 0;
    this.flush();
    if (this.bufferedBytes === 0) {
      this.#flushed?.resolve();
      if (this.#ending) this.#stream.end();
    }
    if (this.full && this.bufferedBytes <= this.#options.lowWatermarkBytes) {
      this.full = false;
      this.#writable?.resolve();
      this.#owner.writableAgain();
    }
    this.#owner.progressed();
  }

  /** Flushes, and sends FIN behind the last byte. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.flush();
    if (this.bufferedBytes === 0) this.#stream.end();
  }

  writable(): Promise<void> {
    if (!this.full) return Promise.resolve();
    this.#writable ??= new Waiters();
    return this.#writable.wait();
  }

  flushed(): Promise<void> {
    if (this.#lost !== null) return Promise.reject(this.#lost());
    if (this.bufferedBytes === 0) return Promise.resolve();
    this.#flushed ??= new Waiters();
    return this.#flushed.wait();
  }

  /** The connection is closed: what is unsent is lost, and who waits is told so. */
  abandon(reason: () => Error): void {
    if (this.bufferedBytes > 0) this.#lost = reason;
    this.#inFlight = 0;
    this.buffer.recycle();
    this.#writable?.reject(reason);
    this.#flushed?.reject(reason);
  }
}
