import type { ByteStream, ByteStreamSink, Clock } from "@parley/core";
import { type Dial, systemClock } from "@parley/transport";

/** A client that does what none should. */
export interface Misbehaving {
  /** How many bytes it has sent so far. */
  readonly sent: number;
  /** Resolves when it has sent all that it was to send; never, if its connection is gone before, or there is no end to it. */
  readonly sentAll: Promise<void>;
  /** Resolves when its connection is gone: with the error that ended it, if one did. */
  readonly gone: Promise<Error | undefined>;
  /** Ends it, by a reset. */
  stop(): void;
}

/** Sends `bytes`, over and over, one byte every `everyMs`. */
export async function drippingClient(
  dial: Dial,
  bytes: Uint8Array,
  { everyMs = 1_000, clock = systemClock }: { everyMs?: number; clock?: Clock } = {},
): Promise<Misbehaving> {
  const client = new MisbehavingClient(await dial());
  let at = 0;
  const drip = (): void => {
    if (!client.isThere) return;
    if (client.free) client.send(bytes.subarray(at, at + 1));
    at = (at + 1) % bytes.length;
    clock.after(everyMs, drip);
  };
  drip();
  return client;
}

/** Sends `request` up to `count` times, as fast as it is taken, and never reads what comes back. */
export async function neverReadingClient(
  dial: Dial,
  request: Uint8Array,
  count: number,
): Promise<Misbehaving> {
  const client = new MisbehavingClient(await dial());
  client.stopReading();
  client.sendOften(request, count);
  return client;
}

/** Sends `bytes` up to `count` times, as fast as they are taken, and reads what comes back. */
export async function floodingClient(dial: Dial, bytes: Uint8Array, count: number): Promise<Misbehaving> {
  const client = new MisbehavingClient(await dial());
  client.sendOften(bytes, count);
  return client;
}

/** Sends `bytes`, the beginning of something that announces more, and then nothing; it stays. */
export async function lyingClient(dial: Dial, bytes: Uint8Array): Promise<Misbehaving> {
  const client = new MisbehavingClient(await dial());
  client.sendOften(bytes, 1);
  return client;
}

/**
 * Sends `bytes`, and then is as good as gone: it reads nothing, answers nothing, and neither a FIN nor a reset comes from it, as from a machine
 * that has lost its power. It does not notice that it is cut off either: `gone` comes with `stop`, which is for when the other side has had enough.
 */
export async function vanishingClient(
  dial: Dial,
  bytes: Uint8Array = new Uint8Array(0),
): Promise<Misbehaving> {
  const client = new MisbehavingClient(await dial());
  client.stopReading();
  client.sendOften(bytes, bytes.length === 0 ? 0 : 1);
  return client;
}

class MisbehavingClient implements Misbehaving, ByteStreamSink {
  sent = 0;
  /** Whether it has its connection still. */
  isThere = true;
  /** Whether the connection takes more. */
  free = true;
  readonly sentAll: Promise<void>;
  readonly gone: Promise<Error | undefined>;
  readonly #stream: ByteStream;
  #tellSentAll!: () => void;
  #tellGone!: (error: Error | undefined) => void;
  #more: (() => void) | null = null;

  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.sentAll = new Promise((resolve) => {
      this.#tellSentAll = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.#tellGone = resolve;
    });
    stream.open(this);
  }

  stopReading(): void {
    this.#stream.pause();
  }

  send(bytes: Uint8Array): void {
    this.sent += bytes.length;
    this.free = this.#stream.write(bytes);
  }

  /** In batches, so that the event loop gets its turns even where all is taken at once. */
  sendOften(bytes: Uint8Array, count: number): void {
    const atOnce = Math.max(1, Math.floor((64 * 1024) / bytes.length));
    const batch = Buffer.concat(Array.from({ length: Math.min(count, atOnce) }, () => bytes));
    let left = count;
    this.#more = () => {
      if (!this.isThere) return;
      if (left === 0) return this.#tellSentAll();
      const now = Math.min(left, atOnce);
      left -= now;
      this.send(batch.subarray(0, now * bytes.length));
      if (this.free) setImmediate(() => this.#more?.());
    };
    this.#more();
  }

  stop(): void {
    if (this.isThere) this.#stream.destroy();
  }

  received(): void {}

  ended(): void {
    if (this.isThere) this.#stream.end();
  }

  drained(): void {
    this.free = true;
    this.#more?.();
  }

  closed(error?: Error): void {
    this.isThere = false;
    this.#tellGone(error);
  }
}
