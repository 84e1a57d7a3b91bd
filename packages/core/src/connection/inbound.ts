import type { ByteStream } from "../byte-stream.ts";
import type { Codec } from "../codec.ts";
import { GrowingFrame } from "../frame/growing-frame.ts";
import type { Fault, FrameDecoder, FrameSink } from "../frame-codec.ts";
import type { MessageConsumer } from "./message-consumer.ts";

/** Why no message is being handed out, if none is. */
export type Hold =
  | "none"
  /** Nobody consumes yet. */
  | "consumer"
  /** The handler's promise has not settled. */
  | "handler"
  /** The iteration has not taken all messages of the last chunk. */
  | "iteration"
  /** The outbound buffer is full. */
  | "outbound"
  /** The connection is closing: whatever arrives is discarded. */
  | "stopped";

/** Whom an {@link Inbound} tells what else it found. */
export interface InboundOwner {
  /** A frame that the message codec could not decode. */
  undecodable(error: unknown): void;
  fault(fault: Fault): void;
  /** All input was handed out, and no more will come. */
  inputFinished(): void;
}

/**
 * A connection's way in: feeds chunks to the decoder, stops in the middle of one when something holds it back, and keeps
 * what arrives meanwhile, up to `readAheadBytes` and one chunk.
 */
export class Inbound<In> implements FrameSink {
  /** Bytes received so far. */
  bytes = 0;
  messages = 0;
  readonly #stream: ByteStream;
  readonly #codec: Codec<In, never>;
  readonly #owner: InboundOwner;
  #consumer: MessageConsumer<In> | null = null;
  #decoder: FrameDecoder;
  #hold: Hold = "consumer";
  #readAheadBytes: number;
  #paused = false;
  /** Ended by their FIN; decoded to the last byte; finished once nothing of it is held back either. */
  #input: "coming" | "ended" | "decoded" | "finished" = "coming";
  /** The chunk at work and the offset reached in it. */
  #chunk: Uint8Array | null = null;
  #at = 0;
  /** What arrived behind it. */
  #ahead: GrowingFrame | null = null;
  /** In a drain: up to which byte of the input everything is still handled, and whether the frame at work is the last. */
  #drainOffset = Number.POSITIVE_INFINITY;
  #lastFrame = false;

  constructor(stream: ByteStream, codec: Codec<In, never>, readAheadBytes: number, owner: InboundOwner) {
    this.#stream = stream;
    this.#codec = codec;
    this.#decoder = codec.frame.decoder();
    this.#readAheadBytes = readAheadBytes;
    this.#owner = owner;
  }

  get hold(): Hold {
    return this.#hold;
  }

  /** Bytes received that are not part of any message handed out. */
  get unhandledBytes(): number {
    return this.#keptBytes + this.#decoder.pending;
  }

  /** Whether all input was handed out and no more will come. */
  get finished(): boolean {
    return this.#input === "finished";
  }

  /** Whether the other side's FIN has come. */
  get ended(): boolean {
    return this.#input !== "coming";
  }

  get #keptBytes(): number {
    return (this.#chunk?.length ?? 0) - this.#at + (this.#ahead?.length ?? 0);
  }

  received(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    if (this.#hold === "stopped") return;
    if (this.#chunk === null) this.#chunk = chunk;
    else if (this.#ahead === null) this.#ahead = new GrowingFrame(chunk, 0, chunk.length);
    else this.#ahead.append(chunk, 0, chunk.length);
    if (this.#hold === "none") this.#run();
    else if (!this.#paused && this.#keptBytes >= this.#readAheadBytes) {
      this.#paused = true;
      this.#stream.pause();
    }
  }

  end(): void {
    if (this.#input !== "coming") return;
    this.#input = "ended";
    // With nothing received there is nothing that a consumer would have to see first.
    if (this.#hold === "none" || this.unhandledBytes === 0) this.#finish();
  }

  /** Names who takes the messages from now on, and what holds back the first. */
  begin(consumer: MessageConsumer<In>, hold: Hold): void {
    this.#consumer = consumer;
    if (hold === "none") this.release("consumer");
    else this.holdFor(hold);
  }

  /** Takes nothing new: the messages received so far, and the frame begun, are the last, unless an answer is pending. */
  drain(): void {
    this.#drainOffset = this.bytes;
  }

  /** Takes back what holds the messages, if it is `hold`; another reason stays. */
  release(hold: Hold): void {
    if (this.#hold !== hold) return;
    this.#hold = "none";
    this.#run();
  }

  /** Holds messages back for another reason than before. */
  holdFor(hold: Hold): void {
    if (this.#hold !== "stopped") this.#hold = hold;
  }

  setReadAhead(bytes: number): void {
    this.#readAheadBytes = bytes;
    this.#readOn();
  }

  /** Discards what is kept and whatever still comes. */
  stop(): void {
    this.#hold = "stopped";
    this.#chunk = null;
    this.#at = 0;
    this.#ahead = null;
    this.#readOn();
  }

  frame(bytes: Uint8Array, start: number, end: number): boolean {
    let message: In;
    try {
      message = this.#codec.message.decode(bytes, start, end);
    } catch (error) {
      this.#owner.undecodable(error);
      return false;
    }
    this.messages++;
    const hold = (this.#consumer as MessageConsumer<In>).message(message);
    if (hold === "none") return this.#hold === "none" && !this.#lastFrame;
    this.holdFor(hold);
    return hold === "iteration" && !this.#lastFrame;
  }

  fault(fault: Fault): boolean {
    this.#owner.fault(fault);
    return false;
  }

  #run(): void {
    while (this.#hold === "none") {
      const chunk = this.#chunk;
      if (chunk === null) break;
      let end = chunk.length;
      if (this.#drainOffset !== Number.POSITIVE_INFINITY) {
        end = this.#endInDrain(end);
        if (end === this.#at) return this.stop();
      }
      const at = this.#decoder.push(chunk, this.#at, end, this);
      // Stopping has forgotten the chunk.
      if (this.hold === "stopped") return;
      if (at < chunk.length) this.#at = at;
      else this.#nextChunk();
    }
    if (this.#input === "coming") this.#readOn();
    else if (this.#hold === "none") this.#finish();
  }

  /** How far the chunk may be decoded: to where the drain began, then to the end of the frame begun, then no further. */
  #endInDrain(end: number): number {
    const left = this.#drainOffset - (this.bytes - this.#keptBytes);
    if (left > 0) return Math.min(end, this.#at + left);
    if (this.#consumer?.idle === false) return end;
    this.#lastFrame = true;
    return this.#decoder.pending === 0 ? this.#at : end;
  }

  #nextChunk(): void {
    const ahead = this.#ahead;
    this.#chunk = ahead === null ? null : ahead.bytes.subarray(0, ahead.length);
    this.#at = 0;
    this.#ahead = null;
  }

  #finish(): void {
    if (this.#input === "ended") {
      this.#input = "decoded";
      this.#decoder.end(this);
      // The last frame may have been held back, or have been a fault.
      if (this.#hold !== "none" && this.#hold !== "consumer") return;
    }
    if (this.#input === "finished") return;
    this.#input = "finished";
    this.#owner.inputFinished();
  }

  #readOn(): void {
    if (!this.#paused || this.#keptBytes >= this.#readAheadBytes) return;
    this.#paused = false;
    this.#stream.resume();
  }
}
