import type { ByteStream, ByteStreamSink } from "@parley/core";

/**
 * Opens a stream and writes down all that it reports, for tests that wait for events and never for time.
 * A report that breaks the port's promises throws where it is made.
 */
export function recordStream(stream: ByteStream): RecordedStream {
  return new RecordedStream(stream);
}

/** See {@link recordStream}. */
export class RecordedStream implements ByteStreamSink {
  readonly stream: ByteStream;
  /** What was received, as it came. */
  readonly chunks: Uint8Array[] = [];
  /** How many bytes that is. */
  length = 0;
  /** Whether the other side's FIN has come. */
  hasEnded = false;
  /** How often `drained` was reported. */
  drains = 0;
  /** Set once the stream is gone, with the error that ended it if one did. */
  end: { readonly error: Error | undefined } | undefined;
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.open(this);
  }

  /** What was received, in one piece. */
  get bytes(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  /** The same as UTF-8. */
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  /** Writes text as UTF-8; as `ByteStream.write`. */
  send(text: string): boolean {
    return this.stream.write(Buffer.from(text));
  }

  /** Resolves as soon as `holds` does; looks now and after every report. */
  until(holds: (stream: this) => boolean): Promise<this> {
    if (holds(this)) return Promise.resolve(this);
    return new Promise((resolve) =>
      this.#waiting.push({ holds: () => holds(this), resolve: () => resolve(this) }),
    );
  }

  /** Resolves once what was received begins with `text`. */
  untilText(text: string): Promise<this> {
    return this.until((stream) => stream.text.startsWith(text));
  }

  untilEnded(): Promise<this> {
    return this.until((stream) => stream.hasEnded);
  }

  untilClosed(): Promise<this> {
    return this.until((stream) => stream.end !== undefined);
  }

  received(bytes: Uint8Array): void {
    this.#expectAlive("received");
    if (this.hasEnded) throw new Error("received() came behind ended().");
    this.chunks.push(bytes);
    this.length += bytes.length;
    this.#look();
  }

  ended(): void {
    this.#expectAlive("ended");
    if (this.hasEnded) throw new Error("ended() came twice.");
    this.hasEnded = true;
    this.#look();
  }

  drained(): void {
    this.#expectAlive("drained");
    this.drains += 1;
    this.#look();
  }

  closed(error?: Error): void {
    this.#expectAlive("closed");
    this.end = { error };
    this.#look();
  }

  #expectAlive(report: string): void {
    if (this.end !== undefined) throw new Error(`${report}() came behind closed().`);
  }

  #look(): void {
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => {
      const held = holds();
      if (held) resolve();
      return !held;
    });
  }
}
