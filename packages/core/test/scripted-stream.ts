import type { ByteStream, ByteStreamSink, Cancel, Clock } from "../src/index.ts";

/** A byte stream whose other side is the test. */
export class ScriptedStream implements ByteStream {
  readonly localAddress = "memory://here";
  readonly remoteAddress = "memory://there";
  /** What was written, one entry a write, as text. */
  readonly writes: string[] = [];
  /** Whether writes are taken at once. */
  takes = true;
  state: "open" | "ended" | "destroyed" = "open";
  paused = false;
  sink!: ByteStreamSink;

  open(sink: ByteStreamSink): void {
    this.sink = sink;
  }

  write(bytes: Uint8Array): boolean {
    this.writes.push(Buffer.from(bytes).toString());
    return this.takes;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.state = "ended";
  }

  destroy(): void {
    this.state = "destroyed";
  }

  /** All of what was written, in one piece. */
  get written(): string {
    return this.writes.join("");
  }

  receive(text: string | Uint8Array): void {
    this.sink.received(typeof text === "string" ? Buffer.from(text) : text);
  }

  /** Takes what was written and refused before. */
  drain(): void {
    this.sink.drained();
  }

  reset(code = "ECONNRESET"): void {
    this.sink.closed(Object.assign(new Error(code), { code }));
  }
}

/** A clock that stands until the test moves it; turns end when the test says so. */
export class ScriptedClock implements Clock {
  #now = 0;
  #timers: { at: number; task: () => void }[] = [];
  #turn: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): Cancel {
    const timer = { at: this.#now + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  endOfTurn(task: () => void): void {
    this.#turn.push(task);
  }

  nextTurn(task: () => void): void {
    this.#turn.push(task);
  }

  get timers(): number {
    return this.#timers.length;
  }

  turn(): void {
    const tasks = this.#turn;
    this.#turn = [];
    for (const task of tasks) task();
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers.filter(({ at }) => at <= this.#now)) {
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.task();
    }
  }
}

/** Lets everything run that waits for a promise that is settled already. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
