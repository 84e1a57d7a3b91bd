import { type MemoryNetwork, type RecordedStream, recordStream } from "@parley/testkit";
import type { Listener } from "@parley/transport";

/** A JSON-RPC message as it came. */
export interface WireMessage {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly meta?: { readonly key?: string; readonly timeoutMs?: number; readonly credit?: number };
  readonly result?: unknown;
  readonly error?: unknown;
}

/** One connection of a {@link ScriptedServer}, whose other side the test plays line by line. */
export class ScriptedConnection {
  readonly stream: RecordedStream;
  #read = 0;

  constructor(stream: RecordedStream) {
    this.stream = stream;
    // A client that closes is answered, so that its close does not linger.
    void stream.untilEnded().then(() => stream.stream.end());
  }

  /** The lines that have come so far. */
  get lines(): readonly string[] {
    return this.stream.text.split("\n").slice(0, -1);
  }

  /** Resolves with the next line that was not taken yet. */
  async nextLine(): Promise<string> {
    const index = this.#read;
    this.#read += 1;
    await this.stream.until(() => this.lines.length > index);
    return this.lines[index] as string;
  }

  /** The same as a message. */
  async next(): Promise<WireMessage> {
    return JSON.parse(await this.nextLine()) as WireMessage;
  }

  send(message: object): void {
    this.stream.send(`${JSON.stringify(message)}\n`);
  }

  answer({ id }: WireMessage, result: unknown): void {
    this.send({ jsonrpc: "2.0", id, result });
  }

  refuse({ id }: WireMessage, code: number, data?: unknown): void {
    this.send({
      jsonrpc: "2.0",
      id,
      error: { code, message: "no", ...(data === undefined ? {} : { data }) },
    });
  }

  tell(method: string, params: unknown): void {
    this.send({ jsonrpc: "2.0", method, params });
  }

  /** FIN. */
  end(): void {
    this.stream.stream.end();
  }

  reset(): void {
    this.stream.stream.destroy();
  }
}

/** A server in a memory network that does nothing by itself: the test plays it. */
export class ScriptedServer {
  readonly #network: MemoryNetwork;
  readonly #name: string;
  readonly #accepted: ScriptedConnection[] = [];
  #listener: Listener | null = null;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(network: MemoryNetwork, name: string) {
    this.#network = network;
    this.#name = name;
  }

  /** How many connections were made to it. */
  get accepted(): number {
    return this.#accepted.length;
  }

  async listen(): Promise<this> {
    this.#listener = await this.#network.listener(this.#name)({
      accept: (stream) => {
        this.#accepted.push(new ScriptedConnection(recordStream(stream)));
        for (const wake of this.#waiting.splice(0)) wake();
      },
      failed: (error) => {
        throw error;
      },
    });
    return this;
  }

  /** Accepts no more connections; those there are live on. */
  async close(): Promise<void> {
    await this.#listener?.close();
  }

  /** Resolves with the next connection that was not taken yet. */
  async next(): Promise<ScriptedConnection> {
    const index = this.#taken;
    this.#taken += 1;
    while (this.#accepted.length <= index) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#accepted[index] as ScriptedConnection;
  }
}
