import assert from "node:assert/strict";
import { anything, type Context, handMade, numbers, only } from "./hand-made.ts";
import { type JoinedSessions, joinSessions, settled } from "./joined-sessions.ts";

export const maxInFlight = 3;
const streamWindow = 2;

/** What the sum of an input comes to that was not read to its end. */
const leftEarly = -1;

/** A generator: how far it came, and how often it was told of its end. */
interface Source {
  given: number;
  begun: number;
  ended: number;
}

/** What became of a call, and the stop that its caller has. */
interface Made {
  readonly kind: "ask" | "count" | "sum";
  readonly size: number;
  readonly stop: AbortController;
  readonly outcomes: unknown[];
  /** The items read, and the reader, of a stream. */
  readonly items: unknown[];
  readonly reader: AsyncIterator<unknown> | null;
  readonly input: Source | null;
}

/** Two sessions of which one calls and the other serves, and what the model knows of each call. */
export class SessionWorld {
  readonly joined: JoinedSessions;
  readonly made: Made[] = [];
  /** Generators at the serving side. */
  readonly sources: Source[] = [];
  /** What implementations wait for: an answer, or to go on. */
  readonly pending: ((succeeds: boolean) => void)[] = [];
  isClosed = false;
  readonly #service = this.#serve();

  constructor() {
    this.joined = joinSessions({ service: this.#service, limits: { maxInFlight, streamWindow } });
  }

  begin(kind: Made["kind"], size: number, timeoutMs: number): void {
    const stop = new AbortController();
    const { session } = this.joined.client;
    const outcomes: unknown[] = [];
    const input: Source | null = kind === "sum" ? { given: 0, begun: 0, ended: 0 } : null;
    const more = { timeoutMs, signal: stop.signal, ...(input !== null && { input: itemsOf(input, size) }) };
    const request = this.#service.request(kind, size, more);
    let reader: AsyncIterator<unknown> | null = null;
    let result: Promise<unknown>;
    if (kind === "count") {
      const output = session.stream(request);
      reader = output[Symbol.asyncIterator]();
      ({ result } = output);
    } else result = session.call(request);
    const made: Made = { kind, size, stop, outcomes, items: [], reader, input };
    this.made.push(made);
    result.then(
      (value) => void outcomes.push({ value }),
      (error: unknown) => void outcomes.push({ error }),
    );
  }

  read({ reader, items }: Made): void {
    reader?.next().then(
      ({ done, value }) => {
        if (done !== true) items.push(value);
      },
      () => {},
    );
  }

  crash(): void {
    this.isClosed = true;
    this.joined.close();
  }

  check(): void {
    const { client, server } = this.joined;
    assert.ok(server.session.working <= maxInFlight, `${server.session.working} are worked on`);
    assert.equal(server.channel.working, server.session.working);
    const unsettled = this.made.filter(({ outcomes }) => outcomes.length === 0).length;
    assert.ok(client.session.pending <= unsettled, "a call is settled, and waits");
    for (const made of this.made) this.#checkCall(made);
    for (const source of [...this.sources, ...this.made.map(({ input }) => input)])
      assert.ok(source === null || source.ended <= source.begun, "a generator was told twice of its end");
  }

  /** All that is held up comes, and the connection goes. */
  async finish(): Promise<void> {
    const { client, server, clock } = this.joined;
    for (let round = 0; round < 3; round++) {
      for (const { channel } of [client, server]) {
        channel.unblock();
        channel.release();
      }
      await settled();
      for (const release of this.pending.splice(0)) release(true);
      await settled();
    }
    this.check();
    this.crash();
    await settled();
    while (this.pending.length > 0) {
      for (const release of this.pending.splice(0)) release(true);
      await settled();
    }
    this.check();
    for (const { outcomes } of this.made) assert.equal(outcomes.length, 1, "a call has not settled");
    for (const source of [...this.sources, ...this.made.map(({ input }) => input)])
      assert.ok(source === null || source.ended === source.begun, "a generator was not told of its end");
    for (const { session, channel } of [client, server])
      assert.deepEqual([session.pending, session.working, channel.working], [0, 0, 0]);
    assert.equal(clock.pending, 0, "something is left on the clock");
  }

  #checkCall({ kind, size, outcomes, items, input }: Made): void {
    assert.ok(outcomes.length <= 1, "a call was settled twice");
    assert.deepEqual(
      items,
      Array.from({ length: items.length }, (_, n) => n + 1),
      "items were lost, or came twice",
    );
    const [outcome] = outcomes as [{ readonly value: unknown } | undefined];
    if (outcome === undefined || !("value" in outcome)) return;
    if (kind === "sum" && outcome.value === leftEarly) return;
    if (kind === "ask") assert.equal(outcome.value, size);
    else if (kind === "count") assert.equal(outcome.value, size);
    else assert.equal(outcome.value, (size * (size + 1)) / 2);
    if (input !== null) assert.equal(input.given, size);
  }

  #serve() {
    const { pending, sources } = this;
    const wait = (): Promise<boolean> => new Promise((resolve) => void pending.push(resolve));
    return handMade({
      ask: {
        async run(size: number) {
          if (!(await wait())) throw new Error("no");
          return size;
        },
      },
      count: {
        params: only(anything),
        output: numbers,
        async *run(size: number) {
          const source: Source = { given: 0, begun: 1, ended: 0 };
          sources.push(source);
          try {
            for (let n = 1; n <= size; n++) {
              source.given = n;
              if (n % 3 === 0 && !(await wait())) throw new Error("no");
              yield n;
            }
            return size;
          } finally {
            source.ended += 1;
          }
        },
      },
      sum: {
        params: only(anything),
        input: numbers,
        async run(_size: number, { input }: Context) {
          let sum = 0;
          for await (const item of input) {
            sum += item as number;
            if (sum % 5 === 0 && !(await wait())) return leftEarly;
          }
          return sum === 0 || (await wait()) ? sum : Promise.reject(new Error("no"));
        },
      },
    });
  }
}

async function* itemsOf(source: Source, size: number): AsyncGenerator<number> {
  source.begun += 1;
  try {
    for (let n = 1; n <= size; n++) {
      source.given = n;
      yield n;
    }
  } finally {
    source.ended += 1;
  }
}
