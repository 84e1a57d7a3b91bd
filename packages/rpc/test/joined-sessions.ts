import { FrameTooLongError, ParleyError } from "@parley/core";
import { type ManualClock, manualClock } from "@parley/testkit";
import type { WireForm } from "../src/contract/compiled-contract.ts";
import type { KeyMemory } from "../src/engine/key-memory.ts";
import type { GoAway } from "../src/engine/wire.ts";
import type { Service } from "../src/service/service.ts";
import type { MessageChannel } from "../src/session/message-channel.ts";
import { RpcSession } from "../src/session/session.ts";
import { type SessionOptions, sessionOptions } from "../src/session/session-options.ts";
import type { CallFailure } from "../src/session/session-parts.ts";

/** What one side has sent. */
export type Sent = Readonly<Record<string, unknown>> & {
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
};

/** One end of two that are joined: what is sent arrives at the other as a copy by way of JSON, in a later microtask. */
export class JoinedChannel implements MessageChannel {
  readonly form: WireForm = "json";
  heard = 0;
  readonly messageBytes = 0;
  working = 0;
  /** Longer messages, in characters of JSON, are not sent. */
  maxLength: number = Number.POSITIVE_INFINITY;
  readonly sent: Sent[] = [];
  /** How often `writable` was asked for. */
  waits = 0;
  receive: (message: unknown) => void = () => {};
  other!: JoinedChannel;
  #state: "open" | "blocked" | "closed" = "open";
  #held: unknown[] | null = null;
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  send(message: unknown): boolean {
    if (this.#state === "closed") throw closedError();
    const text = JSON.stringify(message);
    if (text.length > this.maxLength) throw new FrameTooLongError(this.maxLength, text.length, "local");
    this.sent.push(JSON.parse(text) as Sent);
    queueMicrotask(() => this.other.#arrived(text));
    return this.#state === "open";
  }

  writable(): Promise<void> {
    this.waits += 1;
    if (this.#state === "open") return Promise.resolve();
    if (this.#state === "closed") return Promise.reject(closedError());
    return new Promise((resolve, reject) => void this.#waiting.push({ resolve, reject }));
  }

  /** From now on `send` asks for a pause. */
  block(): void {
    if (this.#state === "open") this.#state = "blocked";
  }

  unblock(): void {
    if (this.#state === "blocked") this.#state = "open";
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Keeps what arrives from now on, until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const message of held) this.receive(message);
  }

  close(): void {
    this.#state = "closed";
    for (const { reject } of this.#waiting.splice(0)) reject(closedError());
  }

  workBegun(): void {
    this.working += 1;
  }

  workDone(): void {
    this.working -= 1;
  }

  /** What was sent of one method. */
  sentOf(method: string): Sent[] {
    return this.sent.filter((message) => message.method === method);
  }

  #arrived(text: string): void {
    if (this.#state === "closed") return;
    this.heard += 1;
    const message: unknown = JSON.parse(text);
    if (this.#held === null) this.receive(message);
    else this.#held.push(message);
  }
}

/** A side of joined sessions, and what it was told. */
export interface Side {
  readonly session: RpcSession;
  readonly channel: JoinedChannel;
  readonly notifications: { readonly method: string; readonly params: unknown }[];
  readonly goAways: GoAway[];
  readonly failures: CallFailure[];
  readonly silences: number[];
  readonly malformed: string[];
}

/** Two sessions that talk to each other, and the clock of both. */
export interface JoinedSessions {
  readonly client: Side;
  readonly server: Side;
  readonly clock: ManualClock;
  /** The connection is gone, for both. */
  close(): void;
}

/** What joined sessions are made of. */
export interface JoinedParts {
  readonly service?: Service;
  /** What the client serves. */
  readonly clientService?: Service;
  readonly limits?: SessionOptions;
  readonly keys?: KeyMemory;
  readonly principal?: string;
  readonly clock?: ManualClock;
}

/** Joins two sessions, without heartbeats unless `limits` say otherwise. */
export function joinSessions(parts: JoinedParts = {}): JoinedSessions {
  const clock = parts.clock ?? manualClock();
  const channels = [new JoinedChannel(), new JoinedChannel()] as const;
  channels[0].other = channels[1];
  channels[1].other = channels[0];
  const client = side("client", channels[0], clock, parts, parts.clientService);
  const server = side("server", channels[1], clock, parts, parts.service);
  const close = (): void => {
    for (const { channel, session } of [client, server]) {
      channel.close();
      session.close(closedError());
    }
  };
  return { client, server, clock, close };
}

function side(
  name: "client" | "server",
  channel: JoinedChannel,
  clock: ManualClock,
  { limits, keys, principal }: JoinedParts,
  service: Service | undefined,
): Side {
  const told = { notifications: [], goAways: [], failures: [], silences: [], malformed: [] } as Omit<
    Side,
    "session" | "channel"
  >;
  const session = new RpcSession({
    channel,
    clock,
    limits: sessionOptions({ pingIntervalMs: Number.POSITIVE_INFINITY, ...limits }),
    name,
    connection: `the connection of the ${name}`,
    service,
    keys: name === "server" ? keys : undefined,
    principal,
    pings: name === "client",
    observer: {
      notified: (method, params) => void told.notifications.push({ method, params }),
      goneAway: (word) => void told.goAways.push(word),
      unresponsive: (afterMs) => void told.silences.push(afterMs),
      malformed: (why) => void told.malformed.push(why),
      callFailed: (failure) => void told.failures.push(failure),
    },
  });
  channel.receive = (message) => session.receive(message);
  return { session, channel, ...told };
}

function closedError(): ParleyError {
  return new ParleyError("closed", "The connection is closed.");
}

/** Resolves when all that is under way between joined sessions has arrived and been acted on: it goes by microtasks. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** All items of a stream. @throws what its iteration does. */
export async function itemsOf(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
