import { type CloseReason, type Connection, textLines } from "@parley/core";
import { afterEach, describe, expect, it } from "vitest";
import { createServer, echo, type Server, type ServerOptions } from "../../src/index.ts";
import { Caller } from "./caller.ts";

const servers: Server<string>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close({ graceMs: 0 });
});

interface Stage {
  readonly server: Server<string>;
  readonly port: number;
  /** What the server has told: the event, the connection, and why. */
  readonly told: readonly string[];
  untilTold(line: string): Promise<void>;
}

async function stage(options: Partial<ServerOptions<string>>): Promise<Stage> {
  const server = createServer<string>({ codec: textLines(), handler: echo(), lingerMs: 60_000, ...options });
  servers.push(server);
  const told: string[] = [];
  let looks: (() => void)[] = [];
  const tell = (line: string): void => {
    told.push(line);
    for (const look of looks) look();
  };
  const { events } = server;
  const of = (event: string, { id }: Connection<string>, reason?: CloseReason): void =>
    tell(reason === undefined ? `${event} ${id}` : `${event} ${id} ${reason.kind}`);
  events.on("serving", ({ connection }) => of("serving", connection));
  events.on("waiting", ({ connection }) => of("waiting", connection));
  events.on("closed", ({ connection, reason }) => of("closed", connection, reason));
  events.on("refused", ({ connection, reason }) => {
    of("refused", connection, reason);
    // Nothing else is told of the end of one that lingers.
    if (connection.state !== "closed")
      connection.signal.addEventListener("abort", () => of("gone", connection));
  });
  events.on("limit-reached", ({ reason }) => tell(`limit-reached ${reason.kind}`));
  events.on("limit-left", ({ kind }) => tell(`limit-left ${kind}`));
  const [url = ""] = await server.listen("tcp://127.0.0.1:0");
  return {
    server,
    port: Number(new URL(url).port),
    told,
    untilTold: (line) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (told.includes(line)) resolve();
        };
        looks = [...looks, look];
        look();
      }),
  };
}

describe("connections that wait over real sockets", () => {
  it("are not served if they were reset, and are if they have half-closed, with their input and their own reply", async () => {
    const opened: string[] = [];
    const { server, port, told, untilTold } = await stage({
      concurrency: 1,
      backlog: 4,
      handler: {
        open: ({ id }) => void opened.push(id),
        message: (line, connection) => void connection.send(line),
      },
    });
    const first = new Caller(port);
    expect(await first.ask("first")).toBe(true);
    const mute = new Caller(port);
    await untilTold("waiting c2");
    const talking = new Caller(port);
    talking.send("never heard\n");
    await untilTold("waiting c3");
    const halfClosed = new Caller(port);
    halfClosed.send("one\ntwo");
    halfClosed.finish();
    await untilTold("waiting c4");
    const wordless = new Caller(port);
    wordless.finish();
    await untilTold("waiting c5");
    mute.reset();
    talking.reset();
    await Promise.all([untilTold("closed c2 reset"), untilTold("closed c3 reset")]);
    expect(server.counters).toMatchObject({ serving: 1, waiting: 2 });
    first.finish();
    expect(await first.untilEnd()).toEqual({ code: undefined });
    expect(await halfClosed.untilEnd()).toEqual({ code: undefined });
    expect(halfClosed.text).toBe("one\ntwo\n");
    expect(await wordless.untilEnd()).toEqual({ code: undefined });
    await untilTold("closed c5 ended");
    expect(opened).toEqual(["c1", "c4", "c5"]);
    expect(told.slice(told.indexOf("closed c1 ended"))).toEqual([
      "closed c1 ended",
      "serving c4",
      "closed c4 ended",
      "serving c5",
      "closed c5 ended",
    ]);
    expect(server.counters).toMatchObject({ serving: 0, waiting: 0, accepted: 5, refused: 0 });
  });
});

describe("the limit per address", () => {
  it("counts each address for itself, whoever is served or waits, and is exact after every way to go", async ({
    skip,
  }) => {
    if (process.platform !== "linux") skip("127.0.0.2 is this machine's own only on Linux");
    const limit = 3;
    const { server, port, told, untilTold } = await stage({
      concurrency: 4,
      backlog: 4,
      maxConnectionsPerAddress: limit,
    });
    const addresses = ["127.0.0.1", "127.0.0.2"];
    let accepted = 0;
    const call = async (address: string): Promise<{ caller: Caller; id: string }> => {
      const caller = new Caller(port, address);
      const id = `c${++accepted}`;
      await Promise.race(
        [`serving ${id}`, `waiting ${id}`, `refused ${id} address-limit`].map((line) => untilTold(line)),
      );
      return { caller, id };
    };
    const expectFull = async (address: string): Promise<void> => {
      const { caller, id } = await call(address);
      expect(told.at(-1)).toBe(`refused ${id} address-limit`);
      expect(await caller.untilEnd()).toEqual({ code: "ECONNRESET" });
    };

    const callers = new Map<string, { caller: Caller; id: string }[]>();
    for (const address of addresses) {
      const own = [];
      for (let number = 0; number < limit; number++) own.push(await call(address));
      callers.set(address, own);
      await expectFull(address);
    }
    expect(server.counters).toMatchObject({ serving: 4, waiting: 2, refused: 2 });
    const ways: ((caller: Caller) => void)[] = [(caller) => caller.finish(), (caller) => caller.reset()];
    for (const [index, leave] of ways.entries()) {
      for (const address of addresses) {
        const own = callers.get(address) ?? [];
        const { caller, id } = own.shift() as { caller: Caller; id: string };
        leave(caller);
        await untilTold(`closed ${id} ${index === 0 ? "ended" : "reset"}`);
        own.push(await call(address));
        for (const each of addresses) await expectFull(each);
      }
    }
    // The last that came waits: it is counted while it does, and no longer.
    const [waiting] = (callers.get("127.0.0.2") ?? []).slice(-1) as [{ caller: Caller; id: string }];
    expect(told).toContain(`waiting ${waiting.id}`);
    expect(told).not.toContain(`serving ${waiting.id}`);
    waiting.caller.reset();
    await untilTold(`closed ${waiting.id} reset`);
    await call("127.0.0.2");
    for (const address of addresses) await expectFull(address);
    const { refused, refusals } = server.counters;
    expect(refusals).toMatchObject({ "address-limit": 12, overload: 0, "connection-limit": 0 });
    expect([refused, server.counters.accepted]).toEqual([12, accepted]);
    expect(told.join()).not.toContain("limit-reached");
  });
});

describe("the limit on how many exist", () => {
  it("counts those that are served, wait, or linger over a refusal, each until it is closed", async () => {
    const { server, port, told, untilTold } = await stage({
      concurrency: 1,
      backlog: 1,
      refusal: "full",
      maxConnections: 4,
    });
    const served = new Caller(port);
    await untilTold("serving c1");
    const waiting = new Caller(port);
    await untilTold("waiting c2");
    const lingering = [new Caller(port)];
    await untilTold("refused c3 overload");
    lingering.push(new Caller(port));
    await untilTold("refused c4 overload");
    for (const caller of lingering) {
      // What it sends does not turn its word into a reset.
      caller.send("hello?\n");
      await caller.until(({ ended }) => ended);
      expect(caller.text).toBe("full\n");
    }

    expect(await new Caller(port).untilEnd()).toEqual({ code: "ECONNRESET" });
    expect(await new Caller(port).untilEnd()).toEqual({ code: "ECONNRESET" });
    expect(told.slice(-3)).toEqual([
      "limit-reached connection-limit",
      "refused c5 connection-limit",
      "refused c6 connection-limit",
    ]);

    lingering[0]?.finish();
    expect(await lingering[0]?.untilEnd()).toEqual({ code: undefined });
    await untilTold("gone c3");
    const next = new Caller(port);
    await next.until(({ ended }) => ended);
    expect(next.text).toBe("full\n");
    expect(await new Caller(port).untilEnd()).toEqual({ code: "ECONNRESET" });
    expect(told.slice(-5)).toEqual([
      "gone c3",
      "limit-left connection-limit",
      "refused c7 overload",
      "limit-reached connection-limit",
      "refused c8 connection-limit",
    ]);

    served.finish();
    await untilTold("serving c2");
    expect(await waiting.ask("my turn")).toBe(true);
    const last = new Caller(port);
    await untilTold("waiting c9");
    waiting.finish();
    expect(await last.ask("and mine")).toBe(true);
    expect(server.counters).toMatchObject({ serving: 1, waiting: 0, accepted: 9, refused: 6 });
    expect(server.counters.refusals).toMatchObject({ overload: 3, "connection-limit": 3 });
  });
});
