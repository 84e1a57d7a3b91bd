import { textLines } from "@parley/core";
import { createMemoryNetwork } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { describe, expect, it } from "vitest";
import { createServer, echo } from "../src/index.ts";
import { deferred, stage } from "./stage.ts";

const nothing = { completed: 0, idle: 0, aborted: 0, refused: 0 };

/** A handler that answers `slow` once it is allowed to, and all else at once. */
function patient() {
  const begun = deferred();
  const allowed = deferred();
  return {
    begun: begun.promise,
    allow: () => allowed.resolve(),
    handler: {
      async message(message: string, connection: { send(message: string): boolean }) {
        if (message === "slow") {
          begun.resolve();
          await allowed.promise;
        }
        connection.send(message);
      },
    },
  };
}

describe("closing a server", () => {
  it("ends idle connections at once, and says how many", async () => {
    const { server, clock, told, dial } = await stage();
    const callers = [await dial(), await dial()];
    callers[0]?.send("x\n");
    await callers[0]?.untilText("x\n");
    const closing = server.close();
    for (const caller of callers) {
      await caller.untilEnded();
      caller.stream.end();
    }
    expect(await closing).toEqual({ ...nothing, idle: 2 });
    expect(told.slice(2)).toEqual([
      "draining",
      "closed c1 local drained",
      "closed c2 local drained",
      "drained",
    ]);
    expect(clock.pending).toBe(0);
  });

  it("lets busy ones finish, takes nothing new from them, and refuses who waits", async () => {
    const { begun, allow, handler } = patient();
    const { server, clock, dial } = await stage({ handler, concurrency: 2, backlog: 2 });
    const busy = await dial();
    busy.send("slow\n");
    const idle = await dial();
    const waiting = await dial();
    await begun;
    const closing = server.close();
    await waiting.untilClosed();
    await idle.untilEnded();
    idle.stream.end();
    clock.advance(9_999);
    expect(busy.hasEnded).toBe(false);
    allow();
    await busy.untilEnded();
    expect(busy.text).toBe("slow\n");
    busy.stream.end();
    expect(await closing).toEqual({ completed: 1, idle: 1, aborted: 0, refused: 1 });
  });

  it("counts as cut off who is destroyed while it is told", async () => {
    const handler = {
      message: () => new Promise<void>(() => {}),
      drain: (connection: { destroy(): void }) => connection.destroy(),
    };
    const { server, dial } = await stage({ handler });
    const busy = await dial();
    busy.send("x\n");
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(await server.close()).toEqual({ ...nothing, aborted: 1 });
  });

  it("answers what had been received before, behind the message at work", async () => {
    const { begun, allow, handler } = patient();
    const { server, dial } = await stage({ handler });
    const busy = await dial();
    busy.send("slow\nnext\nlast\n");
    await begun;
    const closing = server.close();
    allow();
    await busy.untilEnded();
    expect(busy.text).toBe("slow\nnext\nlast\n");
    busy.stream.end();
    expect(await closing).toEqual({ ...nothing, completed: 1 });
  });

  it("cuts who is still busy when the grace ends, and aborts its signal then and not before", async () => {
    const { server, clock, told, dial } = await stage({
      handler: {
        message: (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", reject)),
      },
    });
    const signals: AbortSignal[] = [];
    server.events.on("serving", ({ connection }) => signals.push(connection.signal));
    const busy = await dial();
    busy.send("x\n");
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    const draining = deferred();
    server.events.on("draining", () => draining.resolve());
    const closing = server.close({ graceMs: 100 });
    await draining.promise;
    clock.advance(99);
    expect(signals[0]?.aborted).toBe(false);
    clock.advance(1);
    expect(signals[0]?.aborted).toBe(true);
    expect(signals[0]?.reason).toMatchObject({ reason: { kind: "grace-ended", graceMs: 100 } });
    expect(await closing).toEqual({ ...nothing, aborted: 1 });
    await busy.untilClosed();
    expect(busy.end?.error).toMatchObject({ code: "ECONNRESET" });
    expect(told).toContain("closed c1 local grace-ended");
  });

  it("tells handlers that it drains", async () => {
    const log: string[] = [];
    const begun = deferred();
    const allowed = deferred();
    const { server, dial } = await stage({
      handler: {
        async message() {
          begun.resolve();
          await allowed.promise;
        },
        drain(connection) {
          log.push(`drain ${connection.state} ${connection.signal.aborted}`);
          connection.send("closing soon");
        },
      },
    });
    const busy = await dial();
    busy.send("x\n");
    await begun.promise;
    const closing = server.close();
    await busy.untilText("closing soon\n");
    allowed.resolve();
    await busy.untilEnded();
    busy.stream.end();
    expect(await closing).toEqual({ ...nothing, completed: 1 });
    expect(log).toEqual(["drain draining false"]);
  });

  it("tells who waits the refusal, if there is one", async () => {
    const { begun, allow, handler } = patient();
    const { server, dial } = await stage({ handler, concurrency: 1, backlog: 1, refusal: "closing" });
    const busy = await dial();
    busy.send("slow\n");
    await begun;
    const waiting = await dial();
    const closing = server.close();
    await waiting.untilEnded();
    expect(waiting.text).toBe("closing\n");
    waiting.stream.end();
    allow();
    await busy.untilEnded();
    busy.stream.end();
    expect(await closing).toEqual({ ...nothing, completed: 1, refused: 1 });
  });

  it("ends a function that iterates once it has nothing to do", async () => {
    const left = deferred();
    const { server, dial } = await stage({
      async handler(connection) {
        for await (const line of connection) connection.send(line);
        left.resolve();
      },
    });
    const caller = await dial();
    caller.send("x\n");
    await caller.untilText("x\n");
    const closing = server.close();
    await left.promise;
    await caller.untilEnded();
    caller.stream.end();
    const report = await closing;
    expect(report.completed + report.idle).toBe(1);
    expect(report.aborted).toBe(0);
  });

  it("twice gives the same report, and drains once", async () => {
    const { server, told, dial } = await stage();
    const caller = await dial();
    const both = [server.close(), server.close({ graceMs: 5 })];
    await caller.untilEnded();
    caller.stream.end();
    const [first, second] = await Promise.all(both);
    expect(first).toEqual({ ...nothing, idle: 1 });
    expect(second).toBe(first);
    expect(await server.close()).toBe(first);
    expect(told.filter((line) => line === "draining")).toHaveLength(1);
  });

  it("before it listens is fine, and then it does not listen", async () => {
    const server = createServer({ codec: textLines(), handler: echo() });
    expect(await server.close()).toEqual(nothing);
    const network = createMemoryNetwork();
    await expect(server.listen(network.listener("late"))).rejects.toMatchObject({ code: "closed" });
    await expect(network.dial("late")()).rejects.toMatchObject({ code: "connect-failed" });
    await expect(server.listen("tcp://127.0.0.1:0")).rejects.toMatchObject({ code: "closed" });
    expect(server.addresses).toEqual([]);
  });

  it("while it begins to listen ends that as well", async () => {
    const server = createServer({ codec: textLines(), handler: echo() });
    const listening = server.listen("tcp://127.0.0.1:0");
    expect(await server.close()).toEqual(nothing);
    await expect(listening).rejects.toMatchObject({ code: "closed" });
  });

  it("frees its addresses at once", async () => {
    const one = createServer({ codec: textLines(), handler: echo() });
    const addresses = await one.listen("tcp://127.0.0.1:0", "tcp://[::1]:0");
    expect(one.addresses).toEqual(addresses);
    await one.close();
    await expect(socketDial(addresses[0] as string)()).rejects.toMatchObject({ code: "connect-failed" });
    await using other = createServer({ codec: textLines(), handler: echo() });
    expect(await other.listen(...addresses)).toEqual(addresses);
  });

  it("refuses a grace that is none", () => {
    const server = createServer({ codec: textLines(), handler: echo() });
    expect(() => server.close({ graceMs: -1 })).toThrow(expect.objectContaining({ code: "bad-option" }));
  });
});

describe("listening", () => {
  it("at several places is all or nothing", async () => {
    await using one = createServer({ codec: textLines(), handler: echo() });
    const [taken] = await one.listen("tcp://127.0.0.1:0");
    await using other = createServer({ codec: textLines(), handler: echo() });
    const network = createMemoryNetwork();
    await expect(other.listen(network.listener("free"), taken as string)).rejects.toMatchObject({
      code: "address-in-use",
    });
    await expect(network.dial("free")()).rejects.toMatchObject({ code: "connect-failed" });
    await expect(other.listen(network.listener("free"), "nowhere")).rejects.toMatchObject({
      code: "bad-address",
    });
    await expect(network.dial("free")()).rejects.toMatchObject({ code: "connect-failed" });
    expect(other.addresses).toEqual([]);
  });

  it("goes on when accepting fails, and tells of it", async () => {
    await using server = createServer({ codec: textLines(), handler: echo() });
    const told: unknown[] = [];
    server.events.on("listener-error", (event) => told.push(event));
    const error = new Error("no descriptors left");
    let fail: (error: Error) => void = () => {};
    await server.listen(async (sink) => {
      fail = (reason) => sink.failed(reason);
      return { address: "memory://failing", close: async () => {} };
    });
    fail(error);
    expect(told).toEqual([{ address: "memory://failing", error }]);
    expect(server.addresses).toEqual(["memory://failing"]);
  });

  it("may be asked for again, for more places", async () => {
    await using server = createServer({ codec: textLines(), handler: echo() });
    const network = createMemoryNetwork();
    const heard: string[] = [];
    server.events.on("listening", ({ address }) => heard.push(address));
    await server.listen(network.listener("one"));
    await server.listen(network.listener("two"));
    expect(server.addresses).toEqual(["memory://one", "memory://two"]);
    expect(heard).toEqual(["memory://one", "memory://two"]);
  });
});
