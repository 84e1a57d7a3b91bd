import { TextDecoder } from "node:util";
import { ParleyError, visibleText } from "@parley/core";

/** What is needed of stdout. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly writableLength: number;
  cork(): void;
  uncork(): void;
}

const newline = Uint8Array.of(0x0a);

/** Messages on their way to stdout: untouched into a file or a pipe, made harmless on a terminal. */
export class Output {
  /** `unread` once nobody reads it any more; the error once it cannot be written. */
  state: "open" | "unread" | ParleyError = "open";
  readonly #stream: OutputStream;
  readonly #framing: "lines" | "raw";
  readonly #decoder: TextDecoder | null;
  readonly #gone: () => void;
  #corked = false;
  #resume: (() => void) | null = null;

  /** @param gone is called when the stream can take no more. */
  constructor(stream: OutputStream, framing: "lines" | "raw", gone: () => void) {
    this.#stream = stream;
    this.#framing = framing;
    this.#decoder = stream.isTTY ? new TextDecoder("utf-8", { ignoreBOM: true }) : null;
    stream.on("drain", () => this.#resume?.());
    this.#gone = gone;
    stream.on("error", (cause: NodeJS.ErrnoException) => this.#fail(cause));
  }

  /** How many bytes wait for who reads them. */
  get unreadBytes(): number {
    return this.#stream.writableLength;
  }

  /** Writes a message; if that takes a while, a promise of its end. */
  write(message: Uint8Array): Promise<void> | undefined {
    if (this.state !== "open") return undefined;
    this.#gather();
    let more = this.#stream.write(this.#decoder === null ? message : this.#visible(message, this.#decoder));
    if (this.#framing === "lines") more = this.#stream.write(newline);
    if (more) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  /** Resolves once all is written, or nobody reads it any more. @throws ParleyError `bad-option` if it cannot be written. */
  async flushed(): Promise<void> {
    if (this.state === "open") {
      const error = await new Promise<Error | null | undefined>((resolve) => this.#stream.write("", resolve));
      if (error) this.#fail(error);
    }
    if (this.state instanceof ParleyError) throw this.state;
  }

  #fail(cause: NodeJS.ErrnoException): void {
    if (this.state !== "open") return;
    this.state =
      cause.code === "EPIPE"
        ? "unread"
        : new ParleyError("bad-option", `stdout cannot be written: ${cause.message}.`, { cause });
    this.#resume?.();
    this.#gone();
  }

  #visible(message: Uint8Array, decoder: TextDecoder): string {
    return visibleText(decoder.decode(message, { stream: this.#framing === "raw" }));
  }

  /** What is written within one turn leaves in one write. */
  #gather(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#stream.uncork();
    });
  }
}
