import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** How a caller's connection has ended: as it should, or by this error. */
export interface CallerEnd {
  readonly code: string | undefined;
}

/** One that connects to a server of text lines over a real socket, and keeps what comes. It is reset at the end of the test at the latest. */
export class Caller {
  text = "";
  /** Whether the server's FIN has come. */
  ended = false;
  /** Set once both sides have ended. */
  end: CallerEnd | null = null;
  readonly #socket: Socket;
  #code: string | undefined;
  #looks: (() => void)[] = [];

  /** @param localAddress where it comes from; default whatever the system takes. */
  constructor(port: number, localAddress?: string) {
    onTestFinished(() => this.reset());
    const from = localAddress === undefined ? {} : { localAddress };
    this.#socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true, ...from });
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (piece: string) => {
      this.text += piece;
      this.#look();
    });
    this.#socket.on("end", () => {
      this.ended = true;
      this.#look();
    });
    this.#socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      this.#code = code;
    });
    this.#socket.on("close", () => {
      this.end = { code: this.#code };
      this.#look();
    });
  }

  /** Resolves once it is so. */
  until(fits: (caller: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#looks.push(() => {
        if (fits(this)) resolve();
      });
      this.#look();
    });
  }

  /** Resolves with how it has ended. */
  async untilEnd(): Promise<CallerEnd> {
    await this.until(({ end }) => end !== null);
    return this.end as CallerEnd;
  }

  /** Sends a line, and waits for it to come back; answers whether it did before the server's end. */
  async ask(line: string): Promise<boolean> {
    const before = this.text.length;
    const echoes = (): boolean => this.text.slice(before) === `${line}\n`;
    this.send(`${line}\n`);
    await this.until(({ ended, end }) => ended || end !== null || echoes());
    return echoes();
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Sends a FIN. */
  finish(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #look(): void {
    for (const look of this.#looks) look();
  }
}
