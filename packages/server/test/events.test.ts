import { type Channel, channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Connection, textLines } from "@parley/core";
import { describe, expect, it } from "vitest";
import { createServer, echo, type Server, type ServerEvents } from "../src/index.ts";
import { deferred, stage } from "./stage.ts";

/** The catalogue; a compiler error here says that an event was forgotten. */
const catalogue = {
  listening: 1,
  "listening-ended": 1,
  serving: 1,
  waiting: 1,
  refused: 1,
  closed: 1,
  "request-begun": 1,
  "request-ended": 1,
  "limit-reached": 1,
  "limit-left": 1,
  "handler-error": 1,
  "call-failed": 1,
  "listener-error": 1,
  "subscriber-error": 1,
  suspended: 1,
  "handed-over": 1,
  draining: 1,
  drained: 1,
} satisfies Record<keyof ServerEvents, 1>;
const names = Object.keys(catalogue) as (keyof ServerEvents)[];

interface Told {
  readonly event: keyof ServerEvents;
  readonly payload: object;
}

/** All that a server tells from now on. */
function listenTo({ events }: Server<string>): Told[] {
  const told: Told[] = [];
  for (const event of names) events.on(event, (payload: object) => told.push({ event, payload }));
  return told;
}

/** An event's payload as a line, with the connection by its id, and times as whether they are such. */
function line({ event, payload }: Told): string {
  const parts = Object.entries(payload).map(([key, value]) => {
    if (key.endsWith("Ms")) return `${key} ${typeof value === "number" && value >= 0 ? "ok" : String(value)}`;
    if (key === "connection") return `connection ${(value as Connection<string>).id}`;
    if (key === "reason") return `reason ${(value as { kind: string }).kind}`;
    return `${key} ${value instanceof Error ? value.message : JSON.stringify(value)}`;
  });
  return [event, ...parts.sort()].join(", ");
}

describe("the spans that a server tells", () => {
  it("lie within each other: a request's in its connection's, that in its listener's", async () => {
    const work = deferred();
    const { server, clock, dial, untilTold } = await stage({
      requestEvents: true,
      concurrency: 1,
      handler: {
        async message(message, connection) {
          if (message === "slow") await work.promise;
          connection.send(message);
        },
      },
    });
    const told = listenTo(server);
    const caller = await dial();
    clock.advance(5);
    const waiting = await dial();
    caller.send("one\nslow\n");
    await caller.untilText("one\n");
    clock.advance(10);
    work.resolve();
    await caller.untilText("one\nslow\n");
    clock.advance(100);
    caller.stream.end();
    await untilTold("closed c1 remote ended");
    waiting.stream.end();
    await untilTold("closed c2 remote ended");
    await server.close();
    expect(told.map(line)).toEqual([
      'serving, connection c1, listener "l1", waitedMs ok',
      'waiting, connection c2, listener "l1"',
      'request-begun, connection c1, request "c1.1"',
      'request-ended, connection c1, durationMs ok, request "c1.1"',
      'request-begun, connection c1, request "c1.2"',
      'request-ended, connection c1, durationMs ok, request "c1.2"',
      'closed, ageMs ok, connection c1, listener "l1", reason ended',
      'serving, connection c2, listener "l1", waitedMs ok',
      'closed, ageMs ok, connection c2, listener "l1", reason ended',
      'listening-ended, accepted 2, address "memory://stage", listener "l1"',
      "draining, graceMs ok",
      'drained, report {"completed":0,"idle":0,"aborted":0,"refused":0}',
    ]);
    const [, , , , , ended, closed, served] = told.map(({ payload }) => payload);
    expect(ended).toMatchObject({ durationMs: 10 });
    expect(closed).toMatchObject({ ageMs: 115 });
    expect(served).toMatchObject({ waitedMs: 110 });
  });

  it("have ids that are unique among the listeners and connections of one server", async () => {
    const server = createServer<string>({ codec: textLines(), handler: echo() });
    const told = listenTo(server);
    const addresses = await server.listen("tcp://127.0.0.1:0", "tcp://127.0.0.1:0");
    expect(told.map(({ payload }) => payload)).toEqual(
      addresses.map((address, index) => ({ listener: `l${index + 1}`, address })),
    );
    await server.close();
    expect(told.slice(2, 4).map(line)).toEqual(
      addresses.map(
        (address, index) => `listening-ended, accepted 0, address "${address}", listener "l${index + 1}"`,
      ),
    );
  });
});

describe("the events of requests", () => {
  const failure = new Error("no such thing");
  const forms = {
    sync: (message: string, connection: Connection<string>): void => {
      if (message === "bad") throw failure;
      connection.send(message);
    },
    async: async (message: string, connection: Connection<string>): Promise<void> => {
      await new Promise(setImmediate);
      if (message === "bad") throw failure;
      connection.send(message);
    },
  };

  it.each(["sync", "async"] as const)(
    "come in pairs, with the error of a %s handler that fails",
    async (form) => {
      const set = await stage({ requestEvents: true, handler: { message: forms[form] } });
      const told = listenTo(set.server);
      const caller = await set.dial();
      caller.send("good\nbad\nnever handled\n");
      await caller.untilEnded();
      expect(caller.text).toBe("good\n");
      caller.stream.end();
      await set.untilTold("closed c1 local handler-error");
      expect(told.slice(1, 7).map(line)).toEqual([
        'request-begun, connection c1, request "c1.1"',
        'request-ended, connection c1, durationMs ok, request "c1.1"',
        'request-begun, connection c1, request "c1.2"',
        'request-ended, connection c1, durationMs ok, error no such thing, request "c1.2"',
        "handler-error, connection c1, error no such thing",
        'closed, ageMs ok, connection c1, listener "l1", reason handler-error',
      ]);
      expect(told[2]?.payload).not.toHaveProperty("error");
      expect(told[4]?.payload).toHaveProperty("error", failure);
    },
  );

  it("are told of the work that is still going on when the connection is lost", async () => {
    const work = deferred();
    const set = await stage({ requestEvents: true, handler: { message: () => work.promise } });
    const told = listenTo(set.server);
    const caller = await set.dial();
    caller.send("slow\n");
    await new Promise<void>((resolve) => set.server.events.once("request-begun", () => resolve()));
    caller.stream.destroy();
    await set.untilTold("closed c1 remote reset");
    const ended = new Promise<void>((resolve) => set.server.events.once("request-ended", () => resolve()));
    work.resolve();
    await ended;
    expect(told.map(({ event }) => event)).toEqual(["serving", "request-begun", "closed", "request-ended"]);
  });

  it("are not told unless asked for, and cannot be of a function", async () => {
    const { server, dial } = await stage();
    const told = listenTo(server);
    const caller = await dial();
    caller.send("x\n");
    await caller.untilText("x\n");
    expect(told.map(({ event }) => event)).toEqual(["serving"]);
    expect(() => createServer({ codec: textLines(), handler: () => {}, requestEvents: true })).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
  });
});

describe("the diagnostics channels", () => {
  it("carry the same as the server's own events, until unsubscribed", async () => {
    const published: Told[] = [];
    const hear = (payload: unknown, name: string | symbol): void => {
      const event = String(name).replace("parley.server.", "") as keyof ServerEvents;
      published.push({ event, payload: payload as object });
    };
    const channels: Channel[] = names.map((name) => channel(`parley.server.${name}`));
    for (const { name } of channels) subscribe(name, hear);
    try {
      const { server, untilTold, dial } = await stage({ requestEvents: true, concurrency: 1, backlog: 0 });
      expect(published.map(line)).toEqual(['listening, address "memory://stage", listener "l1"']);
      const told = listenTo(server);
      const caller = await dial();
      const refused = await dial();
      caller.send("x\n");
      await caller.untilText("x\n");
      await refused.untilClosed();
      caller.stream.end();
      await untilTold("closed c1 remote ended");
      expect(told.map(({ event }) => event)).toEqual([
        "serving",
        "refused",
        "request-begun",
        "request-ended",
        "closed",
      ]);
      expect(published).toHaveLength(1 + told.length);
      for (const [index, { event, payload }] of told.entries()) {
        expect(published[index + 1]?.event).toBe(event);
        expect(published[index + 1]?.payload).toBe(payload);
      }
      for (const { name } of channels) unsubscribe(name, hear);
      (await dial()).stream.end();
      await untilTold("closed c3 remote ended");
      expect(published).toHaveLength(6);
      expect(told).toHaveLength(7);
    } finally {
      for (const { name } of channels) unsubscribe(name, hear);
    }
    expect(channels.some(({ hasSubscribers }) => hasSubscribers)).toBe(false);
  });
});

describe("a subscriber that throws", () => {
  // Those take more than this stage has.
  const rare: readonly string[] = ["call-failed", "listener-error", "handed-over"];
  it.each(names.filter((name) => !rare.includes(name)))("harms nobody: in %s", async (name) => {
    const { server, told, untilTold, dial } = await stage({
      requestEvents: true,
      concurrency: 1,
      backlog: 1,
      maxConnections: 2,
      handler: {
        message(message, connection) {
          if (message === "bad") throw new Error("handler");
          connection.send(message);
        },
      },
    });
    let thrown = 0;
    server.events.on(name, () => {
      thrown += 1;
      throw new Error(`subscriber of ${name}`);
    });
    if (name === "subscriber-error") server.events.on("serving", () => expect.fail("on purpose"));
    if (name === "listening") await server.listen("tcp://127.0.0.1:0");
    const first = await dial();
    const waiting = await dial();
    await (await dial()).untilClosed();
    first.send("hello\nbad\n");
    await first.untilEnded();
    expect(first.text).toBe("hello\n");
    first.stream.end();
    waiting.send("my turn\n");
    await waiting.untilText("my turn\n");
    await server.suspend();
    await server.resume();
    const next = await dial();
    waiting.stream.end();
    next.send("next\n");
    await next.untilText("next\n");
    next.stream.end();
    await untilTold("closed c2 remote ended");
    expect(await server.close()).toMatchObject({ aborted: 0, refused: 0 });
    expect(server.counters).toMatchObject({ serving: 0, waiting: 0, accepted: 4, refused: 1 });
    expect(thrown).toBeGreaterThan(0);
    if (name !== "subscriber-error") {
      const complaints = told.filter((what) => what.startsWith("subscriber-error"));
      expect(complaints).toEqual(Array(thrown).fill(`subscriber-error ${name} Error: subscriber of ${name}`));
    }
  });
});

describe("what a server shows of itself", () => {
  it("is plain data, of the connections as well", async () => {
    const { server, clock, dial } = await stage({
      concurrency: 1,
      maxConnections: 10,
      descriptorReserve: 20,
    });
    const caller = await dial();
    caller.send("hello\n");
    await caller.untilText("hello\n");
    await dial();
    clock.advance(1_500);
    const { limits, ...rest } = server.info();
    expect(rest).toEqual({
      state: "listening",
      listeners: [{ id: "l1", address: "memory://stage", accepted: 2 }],
      counters: server.counters,
    });
    expect(limits).toEqual({
      concurrency: 1,
      backlog: 128,
      maxConnections: 10,
      maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
      descriptorReserve: 20,
    });
    const [served, waiting, ...none] = server.connections();
    expect([served?.id, waiting?.id, none]).toEqual(["c1", "c2", []]);
    const info = served?.info();
    expect(info).toEqual({
      id: "c1",
      state: "open",
      localAddress: "memory://stage",
      remoteAddress: "memory://stage/1",
      identity: undefined,
      protocol: undefined,
      codec: textLines().id,
      ageMs: 1_500,
      busy: false,
      counters: { bytesIn: 6, bytesOut: 6, messagesIn: 1, messagesOut: 1, bufferedBytes: 0 },
    });
    expect(waiting?.info()).toMatchObject({ state: "waiting", counters: { bytesIn: 0 } });
    // Undefined is left out, and Infinity is null in JSON.
    const { identity, protocol, ...shown } = info ?? {};
    expect(JSON.parse(JSON.stringify(info))).toEqual(shown);
    expect(JSON.parse(JSON.stringify(server.info()))).toEqual({
      ...rest,
      limits: { ...limits, maxConnectionsPerAddress: null },
    });
    expect([identity, protocol]).toEqual([undefined, undefined]);
  });

  it("is of the moment at which it was asked for", async () => {
    const { server, untilTold, dial } = await stage();
    const before = server.info();
    const connections = server.connections();
    const caller = await dial();
    await untilTold("serving c1");
    const during = server.connections()[0]?.info();
    expect([before.listeners[0]?.accepted, before.counters.accepted, connections]).toEqual([0, 0, []]);
    caller.stream.end();
    await untilTold("closed c1 remote ended");
    expect([server.connections(), during?.state]).toEqual([[], "open"]);
    await server.close();
    expect(server.info()).toMatchObject({ state: "closed", listeners: [] });
  });
});
