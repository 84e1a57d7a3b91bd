import { ParleyError } from "@parley/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../src/engine/engine.ts";
import { isObject } from "../src/engine/wire.ts";
import { handMade } from "./hand-made.ts";
import { joinSessions, settled } from "./joined-sessions.ts";
import { engineInScript, outgoing, type ScriptedHost, type ScriptedOutgoing } from "./scripted-host.ts";

const maxInFlight = 3;
const maxBatch = 4;
const closed = new ParleyError("closed", "It is closed.");

/** How many answers a message is to have. */
function answersTo(message: unknown): number {
  if (Array.isArray(message)) {
    if (message.length === 0 || message.length > maxBatch) return 1;
    return message.reduce((sum: number, entry) => sum + (Array.isArray(entry) ? 1 : answersTo(entry)), 0);
  }
  if (!isObject(message)) return 1;
  if (typeof message["method"] === "string") return message["id"] === undefined ? 0 : 1;
  return message["method"] === undefined && ("result" in message || "error" in message) ? 0 : 1;
}

/** One side: the engine, and what the model knows of it. */
class ModelSide {
  readonly engine: Engine;
  readonly host: ScriptedHost;
  /** What is on its way to this side. */
  readonly arriving: unknown[] = [];
  readonly begun: ScriptedOutgoing[] = [];
  /** How much output each call of this side has asked for. */
  readonly asked = new Map<ScriptedOutgoing, number>();
  readonly finished = new Set<unknown>();
  owedAnswers = 0;
  state: "open" | "closed" = "open";
  sentAtClose = 0;
  #tokens: number;

  constructor(firstToken: number) {
    ({ engine: this.engine, host: this.host } = engineInScript(
      { maxInFlight, maxBatch, pingIntervalMs: 40 },
      true,
    ));
    this.#tokens = firstToken;
  }

  begin(timeoutMs: number, credit: number | null): void {
    this.#tokens += 1;
    const call = outgoing({ params: [this.#tokens], timeoutMs, at: this.host.time, credit });
    this.begun.push(call);
    this.asked.set(call, credit ?? 0);
    this.engine.outgoing.begin(call);
  }

  receive(message: unknown): void {
    if (this.state === "open") this.owedAnswers += answersTo(message);
    this.engine.receive(message);
  }

  finish(index: number, succeeds: boolean): void {
    const working = this.host.calls.filter((call) => !this.finished.has(call));
    const call = working[index % working.length];
    if (call === undefined) return;
    this.finished.add(call);
    const outcome = succeeds
      ? { result: call.params }
      : { error: { code: 1, message: "no", data: call.params } };
    this.engine.incoming.finish(call, outcome);
  }

  close(): void {
    this.engine.close(closed);
    if (this.state === "open") this.sentAtClose = this.host.sent.length;
    this.state = "closed";
  }

  /** Every answer it has sent, those of batches too. */
  get answers(): Readonly<Record<string, unknown>>[] {
    return this.host.sent
      .flat()
      .filter(
        (message): message is Readonly<Record<string, unknown>> =>
          isObject(message) && message["method"] === undefined,
      );
  }

  check(): void {
    const { engine, host } = this;
    const working = host.calls.length - this.finished.size;
    expect([engine.incoming.working, host.working]).toEqual([working, working]);
    expect(working).toBeLessThanOrEqual(maxInFlight);
    const pending = this.begun.filter(({ outcomes }) => outcomes.length === 0);
    // A ping of the heartbeat may be among them.
    expect(engine.outgoing.pending - pending.length).toBeGreaterThanOrEqual(0);
    expect(engine.outgoing.pending - pending.length).toBeLessThanOrEqual(this.state === "open" ? 1 : 0);
    for (const call of this.begun) {
      expect(call.outcomes.length).toBeLessThanOrEqual(1);
      expect(call.credit ?? 0).toBeGreaterThanOrEqual(0);
      expect(call.inputCredit).toBeGreaterThanOrEqual(0);
      expect(call.items.length).toBeLessThanOrEqual(this.asked.get(call) as number);
      const [outcome] = call.outcomes;
      if (outcome !== undefined && "result" in outcome) expect(outcome.result).toEqual(call.params);
      const data = (call.error as { data?: unknown; rpcCode?: unknown } | undefined) ?? {};
      if (data.rpcCode === 1) expect(data.data).toEqual(call.params);
    }
    for (const { credit, inputLeft } of host.calls)
      expect(Math.min(credit ?? 0, inputLeft)).toBeGreaterThanOrEqual(0);
    expect(this.answers.length).toBeLessThanOrEqual(this.owedAnswers);
    if (this.state === "open") return;
    expect(pending).toEqual([]);
    expect(host.sent).toHaveLength(this.sentAtClose);
  }
}

interface World {
  readonly sides: readonly [ModelSide, ModelSide];
  /** How much of what each side has sent is on its way or there. */
  readonly carried: [number, number];
}

/** Something that happens, at one of the sides. */
type Step = (world: World, side: ModelSide) => void;

function carry({ sides, carried }: World): void {
  for (const at of [0, 1] as const) {
    const { sent } = sides[at].host;
    const news = sent.slice(carried[at]);
    carried[at] = sent.length;
    sides[1 - at]?.arriving.push(...(JSON.parse(JSON.stringify(news)) as unknown[]));
  }
}

const pick = fc.nat({ max: 7 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        timeoutMs: fc.constantFrom(5, 30, Number.POSITIVE_INFINITY),
        credit: fc.constantFrom(null, 0, 2),
      })
      .map(
        ({ timeoutMs, credit }): Step =>
          (_world, side) =>
            side.begin(timeoutMs, credit),
      ),
  },
  {
    weight: 10,
    arbitrary: fc.nat({ max: 5 }).map(
      (count): Step =>
        (_world, side) => {
          for (const message of side.arriving.splice(0, count)) side.receive(message);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat({ max: maxBatch + 1 }).map(
      (count): Step =>
        (_world, side) =>
          side.receive(side.arriving.splice(0, count)),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((_world, side) => void side.arriving.shift()) },
  { weight: 1, arbitrary: fc.constant<Step>((_world, side) => void side.arriving.reverse()) },
  {
    weight: 2,
    arbitrary: fc.constant<Step>((_world, side) => void side.arriving.push(...side.arriving.slice(0, 1))),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(pick, fc.boolean()).map(
      ([index, succeeds]): Step =>
        (_world, side) =>
          side.finish(index, succeeds),
    ),
  },
  {
    weight: 2,
    arbitrary: pick.map(
      (index): Step =>
        (_world, { begun, engine }) => {
          const call = begun[index % begun.length];
          if (call !== undefined) engine.outgoing.cancel(call, "given up");
        },
    ),
  },
  {
    weight: 4,
    arbitrary: pick.map(
      (index): Step =>
        (_world, { host: { calls }, engine }) => {
          const call = calls[index % calls.length];
          if (call !== undefined && (call.credit ?? 0) > 0) engine.incoming.output(call, index);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: pick.map(
      (index): Step =>
        (_world, { begun, engine, asked }) => {
          const call = begun[index % begun.length];
          if (call === undefined || call.state !== "sent" || call.credit === null) return;
          asked.set(call, (asked.get(call) as number) + index);
          engine.outgoing.giveCredit(call, index);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: pick.map(
      (index): Step =>
        (_world, { host: { calls }, engine, finished }) => {
          const call = calls[index % calls.length];
          if (call !== undefined && !finished.has(call)) engine.incoming.giveInputCredit(call, index);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: pick.map(
      (index): Step =>
        (_world, { begun, engine }) => {
          const call = begun[index % begun.length];
          if (call === undefined) return;
          if (call.inputCredit > 0) engine.outgoing.sendInput(call, index);
          else engine.outgoing.endInput(call);
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.nat({ max: 25 }).map(
      (ms): Step =>
        ({ sides }) => {
          for (const { host, engine, begun } of sides) {
            host.time += ms;
            expect(engine.tick(host.time)).toBeGreaterThan(host.time);
            const late = ({ deadline, state }: { deadline: number; state: string }) =>
              deadline <= host.time && ["waiting", "sent", "running", "cancelled"].includes(state);
            expect([...begun, ...host.calls].filter(late)).toEqual([]);
          }
        },
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((_world, { host }) => void (host.heard += 1)) },
  { weight: 1, arbitrary: fc.constant<Step>((_world, { engine }) => engine.outgoing.pause()) },
  { weight: 2, arbitrary: fc.constant<Step>((_world, { engine }) => engine.outgoing.resume()) },
  { weight: 1, arbitrary: fc.constant<Step>((_world, { engine }) => engine.drain()) },
  { weight: 1, arbitrary: fc.constant<Step>((_world, side) => side.close()) },
  {
    weight: 3,
    arbitrary: anyMessage().map(
      (message): Step =>
        (_world, side) =>
          side.receive(message),
    ),
  },
);

/** Any JSON value, and what looks like a message; its answers are to calls that nobody has made. */
function anyMessage(): fc.Arbitrary<unknown> {
  const method = fc.constantFrom(
    ...[
      "work",
      "missing",
      "__proto__",
      "$/cancelRequest",
      "$/output",
      "$/output/credit",
      "$/input",
      "$/input/end",
    ],
    ...["$/input/credit", "$/subscribe", "$/unsubscribe", "$/ping", "$/goaway", "rpc.discover", "$/other"],
  );
  const ids = fc.constantFrom<unknown>(1, 2, 0, "", "x", null, 2.5, -1, "__proto__", {}, true);
  const params = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        id: ids,
        item: fc.jsonValue(),
        items: fc.constantFrom<unknown>(1, 0, -1, 1.5, "1", 1e300),
        events: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  );
  const meta = fc.record(
    {
      timeoutMs: fc.constantFrom<unknown>(5, 0, -1, "5", 1e300, null),
      credit: fc.constantFrom<unknown>(0, 1, -1, 2.5, "1"),
      key: fc.jsonValue(),
      traceparent: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const request = fc.record(
    {
      jsonrpc: fc.constantFrom<unknown>("2.0", "1.0", 2, null),
      id: ids,
      method: fc.oneof(method, fc.jsonValue()),
      params,
      meta: fc.oneof(meta, fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const answer = fc.record(
    {
      jsonrpc: fc.constant("2.0"),
      id: fc.constantFrom<unknown>("1", -1, 0, 1e9, null, {}, "__proto__", [1]),
      result: fc.jsonValue(),
      error: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const one = fc.oneof(request, answer, fc.jsonValue());
  return fc.oneof(one, fc.array(one, { maxLength: maxBatch + 1 }));
}

describe("two engines", () => {
  it("keep to the model, whatever happens in whatever order", () => {
    const run = fc.array(fc.tuple(fc.nat({ max: 1 }), steps), { maxLength: 80 });
    fc.assert(
      fc.property(run, (sequence) => {
        const world: World = { sides: [new ModelSide(0), new ModelSide(1_000_000)], carried: [0, 0] };
        const check = (): void => {
          carry(world);
          for (const side of world.sides) side.check();
        };
        for (const [at, step] of sequence) {
          step(world, world.sides[at] as ModelSide);
          check();
        }
        // Whatever is still worked on comes to its end: whoever is there to be answered has an answer to each request.
        for (const side of world.sides) {
          while (side.finished.size < side.host.calls.length) side.finish(0, true);
          if (side.state === "open") expect(side.answers).toHaveLength(side.owedAnswers);
          check();
        }
        for (const side of world.sides) {
          side.close();
          check();
          expect(side.begun.every(({ outcomes }) => outcomes.length === 1)).toBe(true);
          expect([side.engine.incoming.working, side.engine.outgoing.pending]).toEqual([0, 0]);
          expect(side.engine.tick(side.host.time)).toBe(Number.POSITIVE_INFINITY);
        }
      }),
      { numRuns: 500000 },
    );
  });
});

describe("a session", () => {
  it("throws at no message, and goes on after any", async () => {
    const service = handMade(
      {
        work: { run: (value: unknown) => value },
        stream: { output: { toWire: (value) => value, fromWire: (value) => value }, run: () => [1, 2, 3] },
      },
      { events: ["tick"], notifications: { note: () => {} } },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage(), { maxLength: 20 }), fc.boolean(), async (messages, lenient) => {
        const joined = joinSessions({ service, limits: { lenient, maxBatch } });
        for (const message of messages) joined.server.session.receive(message);
        await settled();
        joined.server.session.receive({ jsonrpc: "2.0", id: "last", method: "work", params: [7] });
        await settled();
        expect(joined.server.channel.sent.at(-1)).toEqual({ jsonrpc: "2.0", id: "last", result: 7 });
        expect(joined.client.session.pending + joined.server.session.pending).toBe(0);
        joined.close();
        await settled();
        expect([joined.server.channel.working, joined.server.session.working, joined.clock.pending]).toEqual([
          0, 0, 0,
        ]);
      }),
      { numRuns: 5000 },
    );
  });
});
