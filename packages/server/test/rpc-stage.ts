import { type Codec, jsonLines } from "@parley/core";
import type { Signature } from "@parley/rpc";
import {
  createMemoryNetwork,
  type ManualClock,
  type MemoryOptions,
  manualClock,
  type RecordedStream,
  recordStream,
} from "@parley/testkit";
import { onTestFinished } from "vitest";
import {
  createServer,
  type RpcHandler,
  type RpcServer,
  type RpcServerOptions,
  type ServerEvents,
} from "../src/index.ts";

/** A server of a contract on a memory network, with a clock that stands still. */
export interface RpcStage<S extends Signature> {
  readonly server: RpcServer<S>;
  readonly clock: ManualClock;
  /** What the server has told of connections that are no more: the connection, and why. */
  readonly closed: readonly string[];
  /** What callers were not told. */
  readonly failures: readonly ServerEvents["call-failed"][0][];
  /** Resolves once the server has told that. */
  untilClosed(line: string): Promise<void>;
  /** Connects one more, by JSON lines. */
  dial(): Promise<Line>;
}

/** Sets a stage that is struck after the test. Without a codec it speaks JSON lines; null has it detect. */
export async function rpcStage<S extends Signature>(
  handler: RpcHandler<S>,
  { codec, ...options }: Partial<Omit<RpcServerOptions<S>, "codec">> & { codec?: Codec<unknown> | null } = {},
  memory: MemoryOptions = {},
): Promise<RpcStage<S>> {
  const clock = manualClock();
  const server = createServer<S>({
    clock,
    frameTimeoutMs: Number.POSITIVE_INFINITY,
    idleTimeoutMs: Number.POSITIVE_INFINITY,
    writeStallMs: Number.POSITIVE_INFINITY,
    ...(codec === null ? {} : { codec: codec ?? jsonLines() }),
    ...options,
    handler,
  });
  onTestFinished(() => strike(server, clock));
  const closed: string[] = [];
  const failures: ServerEvents["call-failed"][0][] = [];
  let waiting: { readonly line: string; readonly resolve: () => void }[] = [];
  const tell: (event: ServerEvents["closed"][0] | ServerEvents["refused"][0]) => void = (event) => {
    const line = `${event.connection.id} ${event.reason.by} ${event.reason.kind}`;
    closed.push(line);
    for (const waiter of waiting) if (waiter.line === line) waiter.resolve();
    waiting = waiting.filter((waiter) => waiter.line !== line);
  };
  server.events.on("closed", tell).on("refused", tell);
  server.events.on("call-failed", (failure) => void failures.push(failure));
  const network = createMemoryNetwork(memory);
  await server.listen(network.listener("stage"));
  const dial = network.dial("stage");
  return {
    server,
    clock,
    closed,
    failures,
    untilClosed: (line) =>
      closed.includes(line) ? Promise.resolve() : new Promise((resolve) => waiting.push({ line, resolve })),
    dial: async () => new Line(recordStream(await dial())),
  };
}

/** A plain caller: text in, text out. */
export class Line {
  readonly recorded: RecordedStream;

  constructor(recorded: RecordedStream) {
    this.recorded = recorded;
  }

  /** What has come so far, line by line. */
  get lines(): string[] {
    return this.recorded.text.split("\n").slice(0, -1);
  }

  /** The same, parsed. */
  get messages(): { [key: string]: unknown }[] {
    return this.lines.map((line) => JSON.parse(line));
  }

  send(...texts: string[]): void {
    for (const text of texts) this.recorded.send(`${text}\n`);
  }

  /** FIN. */
  end(): void {
    this.recorded.stream.end();
  }

  /** Resolves with the first `count` messages once there are so many. */
  async until(count: number): Promise<{ [key: string]: unknown }[]> {
    await this.recorded.until(() => this.lines.length >= count);
    return this.messages.slice(0, count);
  }

  /** Sends a request, and resolves with the message that has its id. */
  async ask(request: string): Promise<{ [key: string]: unknown }> {
    const { id } = JSON.parse(request);
    const find = () => this.messages.find((message) => message["id"] === id && !("method" in message));
    this.send(request);
    await this.recorded.until(() => find() !== undefined);
    return find() as { [key: string]: unknown };
  }

  /** Resolves with all that has come once the other side has sent its FIN. */
  async untilEnded(): Promise<{ [key: string]: unknown }[]> {
    await this.recorded.untilEnded();
    return this.messages;
  }
}

/** Closes the server, letting as much time pass as that takes. */
async function strike(server: { close(options: { graceMs: number }): Promise<unknown> }, clock: ManualClock) {
  let struck = false;
  void server.close({ graceMs: 0 }).then(() => {
    struck = true;
  });
  while (!struck) {
    await new Promise(setImmediate);
    clock.advance(60_000);
  }
}
