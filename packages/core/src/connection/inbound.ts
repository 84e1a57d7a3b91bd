import type { ByteStream } from "../byte-stream.ts";
import type { Codec } from "../codec.ts";
import { ParleyError } from "../error.ts";
import { GrowingFrame } from "../frame/growing-frame.ts";
import type { Fault, FrameDecoder, FrameSink, TooLong } from "../frame-codec.ts";
import { type ForeignProtocol, foreignProtocolOf } from "./foreign-protocol.ts";
import type { Hold } from "./hold.ts";
import type { MessageConsumer } from "./message-consumer.ts";

/** A chunk this long is probably not all there is: streams read by up to 64 KiB, TLS by records of 16 KiB. */
const longChunk = 16 * 1024;
/** After so many messages of chunks that followed each other at once, others have their turn: libuv reads up to 2 MiB of one socket first. */
const messagesPerTurn = 512;

/** A chunk whose messages an iteration takes: where it began, and where each message ends. */
interface Batch {
  readonly chunk: Uint8Array;
  readonly start: number;
  readonly ends: number[];
  /** What is wrong behind its messages: told when they are taken, unless another codec reads it by then. */
  deferred: (() => void) | null;
}

/** Whom an {@link Inbound} reads for, and tells what else it found. */
export interface InboundOwner {
  readonly stream: ByteStream;
  /** How many bytes are kept beyond what is handled before reading stops. */
  readonly readAheadBytes: number;
  /** Runs a task in a later turn of the event loop. */
  nextTurn(task: () => void): void;
  /** The message codec threw. */
  failed(error: unknown): void;
  /** The first bytes look like a protocol that is spoken elsewhere. */
  beganForeign(): void;
  fault(fault: Fault): void;
  /** A frame that was too long was passed over. */
  skipped(fault: TooLong): void;
  /** All input was handed out, and no more will come. */
  inputFinished(): void;
}

/**
 * A connection's way in: feeds chunks to the decoder, stops in the middle of one when something holds it back, and keeps
 * what arrives meanwhile, up to its owner's `readAheadBytes` and one chunk.
 */
export class Inbound<In> implements FrameSink {
  /** Bytes received so far. */
  bytes = 0;
  messages = 0;
  /** How long the frame of the last message was. */
  messageBytes = 0;
  /** Frames that were too long and passed over, so far. */
  skips = 0;
  /** What the first bytes look like. */
  foreign: ForeignProtocol | null = null;
  readonly #owner: InboundOwner;
  #consumer: MessageConsumer<In> | null = null;
  #codec: Codec<In, never>;
  /** Made with the first bytes. */
  #decoder: FrameDecoder | null = null;
  #hold: Hold = "consumer";
  #paused = false;
  /** Messages before the first of the chunks that follow each other at once, and whether reading stops until the next turn. */
  #messagesBefore = 0;
  #givesWay = false;
  /** Ended by their FIN; decoded to the last byte; finished once nothing of it is held back either. */
  #input: "coming" | "ended" | "decoded" | "finished" = "coming";
  /** The chunk at work and the offset reached in it. */
  #chunk: Uint8Array | null = null;
  #at = 0;
  /** What arrived behind it. */
  #ahead: GrowingFrame | null = null;
  /** While an iteration has not taken all of its messages: the last chunk, should the codec change in the middle of it. */
  #batch: Batch | null = null;
  /** Bytes to be read again, before the rest of the chunk. */
  #unread: Uint8Array | null = null;
  /** In a drain: up to which byte of the input everything is still handled, and whether the frame at work is the last. */
  #drainOffset: number | null = null;
  #lastFrame = false;
  #running = false;
  /** A frame is being passed over, as far as is known. */
  #skipping = false;

  constructor(codec: Codec<In, never>, owner: InboundOwner) {
    this.#codec = codec;
    this.#owner = owner;
  }

  get hold(): Hold {
    return this.#hold;
  }

  /** Bytes received that are not part of any message handed out. */
  get unhandledBytes(): number {
    return this.#keptBytes + this.#pendingBytes;
  }

  /** Whether part of a frame has been received. */
  get frameBegun(): boolean {
    return this.#pendingBytes > 0;
  }

  /** Whether bytes have come before there is anybody to take messages: what they are is not looked at yet. */
  get untaken(): boolean {
    return this.#hold === "consumer" && this.#keptBytes > 0;
  }

  /** Whether reading has stopped until there is room. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** Whether all input was handed out and no more will come. */
  get finished(): boolean {
    return this.#input === "finished";
  }

  /** Whether the other side's FIN has come. */
  get ended(): boolean {
    return this.#input !== "coming";
  }

  get #pendingBytes(): number {
    return this.#decoder === null ? 0 : this.#decoder.pending;
  }

  get #keptBytes(): number {
    return (this.#chunk?.length ?? 0) - this.#at + (this.#ahead?.length ?? 0) + (this.#unread?.length ?? 0);
  }

  received(chunk: Uint8Array): void {
    if (this.bytes === 0) this.#begin(chunk);
    this.bytes += chunk.length;
    if (this.#hold === "stopped") return;
    if (this.#chunk === null) this.#chunk = chunk;
    else if (this.#ahead === null) this.#ahead = new GrowingFrame(chunk, 0, chunk.length);
    else this.#ahead.append(chunk, 0, chunk.length);
    if (this.#hold === "none") {
      if (chunk.length < longChunk) this.#messagesBefore = this.messages;
      this.#run();
      if (this.messages - this.#messagesBefore >= messagesPerTurn && !this.#paused) this.#giveWay();
    } else if (!this.#paused && this.#keptBytes >= this.#owner.readAheadBytes) {
      this.#paused = true;
      this.#owner.stream.pause();
    }
  }

  #giveWay(): void {
    this.#messagesBefore = this.messages;
    if (this.#givesWay) return;
    this.#givesWay = true;
    this.#owner.stream.pause();
    this.#owner.nextTurn(() => {
      this.#givesWay = false;
      if (!this.#paused) this.#owner.stream.resume();
    });
  }

  #begin(chunk: Uint8Array): void {
    this.foreign = foreignProtocolOf(chunk);
    if (this.foreign !== null) this.#owner.beganForeign();
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

  /**
   * Decodes by another codec whatever stands behind the last message that was taken, `unread` first.
   * @throws ParleyError `mid-frame` if part of a frame was decoded already.
   */
  switchCodec(codec: Codec<In, never>, unread: Uint8Array | null): void {
    if (this.#batch !== null) this.#rewind(this.#batch);
    else if (this.#pendingBytes > 0 || this.#skipping) {
      throw new ParleyError(
        "mid-frame",
        "The codec cannot change in the middle of a frame; change it while a message is being handled.",
      );
    }
    this.#codec = codec;
    this.#decoder = null;
    this.#unread = unread;
    // What was the end of the input to one decoder is yet to be that to the other.
    if (this.#input !== "coming") this.#input = "ended";
  }

  /** Goes on where a change of codec has left off, unless that happens by itself. */
  goOn(): void {
    if (!this.#running) this.#run();
  }

  /** Reads on if it had stopped and there is room again. */
  readOn(): void {
    if (!this.#paused || this.#keptBytes >= this.#owner.readAheadBytes) return;
    this.#paused = false;
    if (!this.#givesWay) this.#owner.stream.resume();
  }

  /** Takes nothing new: the messages received so far, and the frame begun, are the last, unless an answer is pending. The first time counts. */
  drain(): void {
    this.#drainOffset ??= this.bytes;
  }

  /** Takes back what holds the messages, if it is `hold`; another reason stays. */
  release(hold: Hold): void {
    if (this.#hold !== hold) return;
    this.#hold = "none";
    const batch = this.#batch;
    this.#batch = null;
    if (batch !== null && batch.deferred !== null) batch.deferred();
    else this.#run();
  }

  /** Holds messages back for another reason than before. */
  holdFor(hold: Hold): void {
    if (this.#hold !== "stopped") this.#hold = hold;
  }

  /** Discards what is kept and whatever still comes. */
  stop(): void {
    this.#hold = "stopped";
    this.#batch = null;
    this.#unread = null;
    this.#chunk = null;
    this.#at = 0;
    this.#ahead = null;
    this.readOn();
  }

  frame(bytes: Uint8Array, start: number, end: number): boolean {
    let message: In;
    try {
      message = this.#codec.message.decode(bytes, start, end);
    } catch (error) {
      return this.#wrong(() => this.#owner.failed(error));
    }
    this.messages++;
    this.messageBytes = end - start;
    this.#skipping = false;
    const decoder = this.#decoder;
    const hold = (this.#consumer as MessageConsumer<In>).message(message);
    if (hold !== "none") this.holdFor(hold);
    return this.#hold === "none" && !this.#lastFrame && decoder === this.#decoder;
  }

  fault(fault: Fault): boolean {
    if (fault.kind === "malformed" || !fault.recoverable) return this.#wrong(() => this.#owner.fault(fault));
    this.#skipping = true;
    this.skips++;
    this.#owner.skipped(fault);
    return this.#hold === "none" && !this.#lastFrame;
  }

  #wrong(tell: () => void): false {
    if (this.#batch === null) tell();
    else this.#batch.deferred = tell;
    return false;
  }

  #run(): void {
    this.#running = true;
    while (this.#hold === "none") {
      if (this.#unread !== null) this.#readAgain(this.#unread);
      const chunk = this.#chunk;
      if (chunk === null) break;
      let end = chunk.length;
      if (this.#drainOffset !== null) {
        end = this.#endInDrain(this.#drainOffset, end);
        // Where a change of codec has left the end of a chunk, there is more behind it.
        if (end === this.#at && end < chunk.length) {
          this.stop();
          break;
        }
      }
      const start = this.#at;
      this.#decoder ??= this.#codec.frame.decoder();
      this.#at = this.#decoder.push(chunk, start, end, this);
      if (this.hold === "iteration") this.#fillBatch(this.#decoder, chunk, start, end);
      // Stopping has forgotten the chunk.
      if (this.hold === "stopped") break;
      if (this.#at === chunk.length) this.#nextChunk();
    }
    this.#running = false;
    if (this.#input === "coming") this.readOn();
    else if (this.#hold === "none") this.#finish();
  }

  /** Hands the rest of a chunk to an iteration: message by message, so that it is known where each of them ends. */
  #fillBatch(decoder: FrameDecoder, chunk: Uint8Array, start: number, end: number): void {
    const ends = [this.#at];
    const batch: Batch = { chunk, start, ends, deferred: null };
    this.#batch = batch;
    while (this.#at < end && this.#hold === "iteration" && !this.#lastFrame && batch.deferred === null) {
      const { messages } = this;
      this.#at = decoder.push(chunk, this.#at, end, this);
      if (this.messages > messages) ends.push(this.#at);
    }
  }

  /** Goes back to behind the last message that the iteration has taken. */
  #rewind({ chunk, start, ends }: Batch): void {
    const taken = ends.length - (this.#consumer as MessageConsumer<In>).takeBack();
    this.messages -= ends.length - taken;
    if (this.#chunk === null) this.#chunk = chunk;
    else if (this.#chunk !== chunk) {
      const ahead = this.#ahead;
      this.#ahead = new GrowingFrame(this.#chunk, 0, this.#chunk.length);
      if (ahead !== null) this.#ahead.append(ahead.bytes, 0, ahead.length);
      this.#chunk = chunk;
    }
    this.#at = taken === 0 ? start : (ends[taken - 1] as number);
    this.#batch = null;
    this.#skipping = false;
  }

  #readAgain(unread: Uint8Array): void {
    const rest = new GrowingFrame(unread, 0, unread.length);
    if (this.#chunk !== null) rest.append(this.#chunk, this.#at, this.#chunk.length);
    this.#chunk = rest.bytes.subarray(0, rest.length);
    this.#at = 0;
    this.#unread = null;
  }

  /** How far the chunk may be decoded: to where the drain began, then to the end of the frame begun, then no further. */
  #endInDrain(drainOffset: number, end: number): number {
    const left = drainOffset - (this.bytes - this.#keptBytes);
    if (left > 0) return Math.min(end, this.#at + left);
    if (this.#consumer?.idle === false) return end;
    this.#lastFrame = true;
    return this.#pendingBytes === 0 ? this.#at : end;
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
      this.#decoder?.end(this);
      // The last frame may have been held back, or have been a fault.
      if (this.#hold !== "none" && this.#hold !== "consumer") return;
    }
    if (this.#input === "finished") return;
    this.#input = "finished";
    this.#owner.inputFinished();
  }
}
