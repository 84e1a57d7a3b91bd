import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";

/** A client that says what it is told to, over a real socket, and keeps what comes back. */
export class RawClient {
  /** Resolves when the connection is over, with the system's code if an error ended it. */
  readonly gone: Promise<string | undefined>;
  readonly #socket: Socket;
  readonly #received: Buffer[] = [];
  #isGone = false;
  #looks: (() => void)[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    let code: string | undefined;
    socket.on("data", (piece) => {
      this.#received.push(piece);
      this.#look();
    });
    socket.on("end", () => socket.end());
    socket.on("error", (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    this.gone = new Promise((resolve) => {
      socket.on("close", () => {
        this.#isGone = true;
        this.#look();
        resolve(code);
      });
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  get text(): string {
    return this.received.toString();
  }

  /** What came, as lines of JSON. */
  get messages(): Record<string, unknown>[] {
    return this.text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  send(...pieces: (string | Uint8Array)[]): this {
    for (const piece of pieces) this.#socket.write(piece);
    return this;
  }

  /** Sends byte by byte, each in a turn of the event loop of its own, as long as the connection lasts. */
  async drip(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) {
      if (this.#isGone) return;
      this.#socket.write(Uint8Array.of(byte));
      await setImmediate();
    }
  }

  /** Reads no more, so that nothing of what is sent to it leaves the other side once the system's buffers are full. */
  stopReading(): this {
    this.#socket.pause();
    return this;
  }

  /** Sends a FIN. */
  end(): this {
    this.#socket.end();
    return this;
  }

  reset(): this {
    this.#socket.resetAndDestroy();
    return this;
  }

  /** Resolves once it is so. @throws Error if the connection is over before. */
  async until(fits: (client: this) => boolean): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#looks.push(() => {
        if (fits(this)) resolve();
        else if (this.#isGone)
          reject(new Error(`The connection is over after ${JSON.stringify(this.text)}.`));
      });
      this.#look();
    });
    return this;
  }

  #look(): void {
    for (const look of this.#looks) look();
  }
}

export async function rawClient(url: string): Promise<RawClient> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
  const client = new RawClient(socket);
  await once(socket, "connect");
  return client;
}

/** Sends all of it and a FIN; resolves with what had come back when the connection was over. */
export async function said(url: string, ...pieces: (string | Uint8Array)[]): Promise<RawClient> {
  const client = await rawClient(url);
  client.send(...pieces).end();
  await client.gone;
  return client;
}
