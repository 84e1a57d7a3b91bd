import { pooledBuffers } from "../buffer-pool.ts";
import type { ByteStream } from "../byte-stream.ts";
import { OutputBuffer } from "../writer.ts";
import type { ConnectionMeans } from "./setup.ts";
import { Waiters } from "./waiters.ts";

const nothing = new Uint8Array(0);

/** Whom an {@link Outbound} writes for, and tells what became of the bytes. */
export interface OutboundOwner {
  readonly stream: ByteStream;
  readonly setup: ConnectionMeans;
  /** The buffer has sunk to the low watermark after it had stood above the high one. */
  writableAgain(): void;
  /** The stream has taken a write that it had held on to. */
  progressed(): void;
  /** What to say to who wants to send, or waits until something is sent, once that cannot be. */
  unusable(): Error;
}

/**
 * A connection's way out: one buffer that fills during a turn and leaves in one write. While the byte stream holds on to
 * a write, the next one gathers here. Codecs write to it, and `queued` is called after.
 */
export class Outbound extends OutputBuffer {
  /** Bytes handed to the stream so far. */
  handedBytes = 0;
  /** Whether the high watermark was passed and the low one not yet reached again. */
  full = false;
  readonly #owner: OutboundOwner;
  /** Bytes of the write that the stream holds on to; 0 when it is free. */
  #inFlight = 0;
  /** The buffer of that write, to be used again once it is taken. */
  #handedOver: Uint8Array = nothing;
  #ending = false;
  /** Bytes were lost. */
  #lost = false;
  #writable: Waiters | null = null;
  #flushed: Waiters | null = null;
  /** Made with the first message. */
  #flush: (() => void) | null = null;

  constructor(owner: OutboundOwner) {
    super();
    this.#owner = owner;
  }

  /** Bytes queued here or held by the stream. */
  get bufferedBytes(): number {
    return this.at + this.#inFlight;
  }

  /** Bytes that have left. Where the stream does not tell how much of a write it still holds, that counts once it is all gone. */
  get sentBytes(): number {
    return this.handedBytes - (this.#inFlight === 0 ? 0 : (this.#owner.stream.unsentBytes ?? this.#inFlight));
  }

  /** To be called after something was written to it, with the offset where it begins. */
  queued(at: number): void {
    const { setup } = this.#owner;
    if (this.#inFlight === 0) {
      if (at === 0) {
        this.#flush ??= () => this.flush();
        setup.clock.endOfTurn(this.#flush);
      }
      // Beyond the mark the buffer would only grow: what can leave, leaves.
      if (this.at > setup.options.highWatermarkBytes) this.flush();
    }
    if (this.bufferedBytes > setup.options.highWatermarkBytes) this.full = true;
  }

  /** Writes what is queued, unless the stream holds on to an earlier write. */
  flush(): void {
    const length = this.at;
    if (length === 0 || this.#inFlight > 0) return;
    this.handedBytes += length;
    if (this.#owner.stream.write(this.written())) {
      this.recycle();
      this.#flushed?.resolve();
    } else {
      this.#handedOver = this.handOver();
      this.#inFlight = length;
    }
  }

  /** The stream has taken the write it held on to. */
  drained(): void {
    this.#inFlight = 0;
    pooledBuffers.giveBack(this.#handedOver);
    this.#handedOver = nothing;
    this.flush();
    if (this.bufferedBytes === 0) {
      this.#flushed?.resolve();
      if (this.#ending) this.#owner.stream.end();
    }
    if (this.full && this.bufferedBytes <= this.#owner.setup.options.lowWatermarkBytes) {
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
    if (this.bufferedBytes === 0) this.#owner.stream.end();
  }

  writable(): Promise<void> {
    if (!this.full) return Promise.resolve();
    this.#writable ??= new Waiters();
    return this.#writable.wait();
  }

  flushed(): Promise<void> {
    if (this.#lost) return Promise.reject(this.#owner.unusable());
    if (this.bufferedBytes === 0) return Promise.resolve();
    this.#flushed ??= new Waiters();
    return this.#flushed.wait();
  }

  /** The connection is closed: what is unsent is lost, and who waits is told so. */
  abandon(): void {
    if (this.bufferedBytes > 0) this.#lost = true;
    this.#inFlight = 0;
    this.recycle();
    this.#writable?.reject(this.#owner);
    this.#flushed?.reject(this.#owner);
  }
}
