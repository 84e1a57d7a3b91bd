import type { ByteStream, ByteStreamSink, CertificateIdentity, Clock } from "@parley/core";
import type { Lane } from "./lane.ts";
import { ShapedInput } from "./shaped-input.ts";
import { ShapedOutput } from "./shaped-output.ts";

/** A byte stream that passes through a shaper's lanes on its way in and out. */
export class ShapedStream implements ByteStream, ByteStreamSink {
  readonly #stream: ByteStream;
  readonly #input: ShapedInput;
  readonly #output: ShapedOutput;
  #sink: ByteStreamSink | null = null;

  constructor(stream: ByteStream, reading: Lane, writing: Lane, clock: Clock) {
    this.#stream = stream;
    this.#input = new ShapedInput(stream, reading, clock);
    this.#output = new ShapedOutput(stream, writing, clock, () => this.#sink?.drained());
  }

  get localAddress(): string {
    return this.#stream.localAddress;
  }

  get remoteAddress(): string {
    return this.#stream.remoteAddress;
  }

  get identity(): CertificateIdentity | undefined {
    return this.#stream.identity;
  }

  get protocol(): string | undefined {
    return this.#stream.protocol;
  }

  get descriptor(): number | undefined {
    return this.#stream.descriptor;
  }

  get unsentBytes(): number {
    return this.#output.unsentBytes;
  }

  get datagrams(): boolean | undefined {
    return this.#stream.datagrams;
  }

  open(sink: ByteStreamSink): void {
    this.#sink = sink;
    this.#stream.open(this);
    this.#input.begin();
  }

  write(bytes: Uint8Array): boolean {
    return this.#output.write(bytes);
  }

  pause(): void {
    this.#input.pause();
  }

  resume(): void {
    this.#input.resume();
  }

  end(): void {
    this.#output.end();
  }

  destroy(): void {
    this.#forget();
    this.#stream.destroy();
  }

  // What the stream beneath reports

  received(bytes: Uint8Array): void {
    this.#input.received(bytes.length);
    this.#sink?.received(bytes);
  }

  ended(): void {
    this.#input.stop();
    this.#sink?.ended();
  }

  drained(): void {
    this.#output.sliceTaken();
  }

  closed(error?: Error): void {
    this.#forget();
    this.#sink?.closed(error);
  }

  /** It waits for nothing any more. */
  #forget(): void {
    this.#input.stop();
    this.#output.stop();
  }
}
