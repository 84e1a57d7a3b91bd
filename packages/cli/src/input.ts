import { ReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import {
  type Connection,
  type Fault,
  type FrameDecoder,
  type FrameSink,
  lines,
  ParleyError,
} from "@parley/core";
import { lineFault } from "./line-fault.ts";

const turnsToRead = 8;

/** What is read from stdin and sent: line by line, or in whatever pieces it comes. */
export class Input {
  readonly #stream: Readable;
  readonly #decoder: FrameDecoder | null;
  #state: "reading" | "sending" | "stopped" | "done" = "reading";

  constructor(stream: Readable, framing: "lines" | "raw") {
    this.#stream = stream;
    this.#decoder = framing === "lines" ? lines().decoder() : null;
  }

  /** Whether something was read that could not be sent. */
  get hasUnsent(): boolean {
    return this.#state === "sending" || (this.#decoder?.pending ?? 0) > 0;
  }

  /**
   * Sends everything and ends the connection; reads no faster than the other side takes it.
   * @throws ClosedError; FrameTooLongError; ParleyError `unencodable`; `bad-option` if stdin cannot be read.
   */
  async sendTo(connection: Connection<Uint8Array>): Promise<void> {
    const sink = lineSink(connection);
    try {
      for await (const chunk of this.#stream) {
        this.#state = "sending";
        await this.#send(chunk as Uint8Array, connection, sink);
        this.#state = "reading";
      }
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      if (this.#state === "stopped") return;
      this.#state = "stopped";
      throw new ParleyError("bad-option", `stdin cannot be read: ${(error as Error).message}.`, {
        cause: error,
      });
    }
    // Without a connection to take it, the last line is unsent.
    this.#state = "sending";
    this.#decoder?.end(sink);
    this.#state = "done";
    connection.end();
  }

  /**
   * Reads no more, so that the process can end. What stands ready is read before, to be known as unsent: a file always is,
   * of a pipe or a terminal it shows within a few turns of the event loop.
   */
  async stop(): Promise<void> {
    const turns = this.#stream instanceof ReadStream ? Number.POSITIVE_INFINITY : turnsToRead;
    for (let turn = 0; turn < turns && this.#state === "reading"; turn++) await setImmediate();
    if (this.#state === "reading") this.#state = "stopped";
    this.#stream.destroy();
  }

  async #send(chunk: Uint8Array, connection: Connection<Uint8Array>, sink: FrameSink): Promise<void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#decoder !== null) at = this.#decoder.push(chunk, at, chunk.length, sink);
      else {
        connection.send(chunk);
        at = chunk.length;
      }
      await connection.writable();
    }
  }
}

/** Sends each line, and stops behind the one that fills the connection's buffer. */
function lineSink(connection: Connection<Uint8Array>): FrameSink {
  return {
    frame: (bytes, start, end) => connection.send(bytes.subarray(start, end)),
    fault(fault: Fault) {
      throw lineFault(fault);
    },
  };
}
