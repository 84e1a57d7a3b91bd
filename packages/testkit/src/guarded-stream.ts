import type { ByteStream, ByteStreamSink } from "@parley/core";

/** Passes everything on to another stream, and throws if that one reports from inside a call of its own methods. */
export class GuardedStream implements ByteStream {
  readonly #stream: ByteStream;
  #calling: string | null = null;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  get localAddress(): string {
    return this.#stream.localAddress;
  }

  get remoteAddress(): string {
    return this.#stream.remoteAddress;
  }

  open(sink: ByteStreamSink): void {
    const guarded: ByteStreamSink = {
      received: (bytes) => this.#report("received", () => sink.received(bytes)),
      ended: () => this.#report("ended", () => sink.ended()),
      drained: () => this.#report("drained", () => sink.drained()),
      closed: (error) => this.#report("closed", () => sink.closed(error)),
    };
    this.#call("open", () => this.#stream.open(guarded));
  }

  write(bytes: Uint8Array): boolean {
    return this.#call("write", () => this.#stream.write(bytes));
  }

  pause(): void {
    this.#call("pause", () => this.#stream.pause());
  }

  resume(): void {
    this.#call("resume", () => this.#stream.resume());
  }

  end(): void {
    this.#call("end", () => this.#stream.end());
  }

  destroy(): void {
    this.#call("destroy", () => this.#stream.destroy());
  }

  #call<T>(method: string, run: () => T): T {
    const outer = this.#calling;
    this.#calling = method;
    try {
      return run();
    } finally {
      this.#calling = outer;
    }
  }

  #report(event: string, run: () => void): void {
    if (this.#calling !== null) throw new Error(`${event}() was reported from inside ${this.#calling}().`);
    run();
  }
}
