import type { ByteStream, ByteStreamSink } from "@parley/core";

/** Opens a stream and writes down what it reports; throws at a report that breaks the port's promises. */
export function record(stream: ByteStream): UdpRecord {
  return new UdpRecord(stream);
}

/** See {@link record}. */
export class UdpRecord implements ByteStreamSink {
  readonly stream: ByteStream;
  readonly chunks: Uint8Array[] = [];
  hasEnded = false;
  drains = 0;
  /** Set once the stream is gone, with the error that ended it if one did. */
  end: { readonly error: Error | undefined } | undefined;
  #waiting: (() => void)[] = [];
  #isOpening = true;

  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.open(this);
    this.#isOpening = false;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  /** Resolves once `holds` does; looks now and after every report. */
  async until(holds: (record: this) => boolean): Promise<this> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this;
  }

  untilEnded(): Promise<this> {
    return this.until(({ hasEnded }) => hasEnded);
  }

  untilClosed(): Promise<this> {
    return this.until(({ end }) => end !== undefined);
  }

  received(bytes: Uint8Array): void {
    if (this.hasEnded) throw new Error("received() came behind ended().");
    this.chunks.push(bytes);
    this.#reported("received");
  }

  ended(): void {
    if (this.hasEnded) throw new Error("ended() came twice.");
    this.hasEnded = true;
    this.#reported("ended");
  }

  drained(): void {
    this.drains += 1;
    this.#reported("drained");
  }

  closed(error?: Error): void {
    this.#reported("closed");
    this.end = { error };
  }

  #reported(report: string): void {
    if (this.#isOpening) throw new Error(`${report}() came from inside open().`);
    if (this.end !== undefined) throw new Error(`${report}() came behind closed().`);
    for (const look of this.#waiting.splice(0)) look();
  }
}
