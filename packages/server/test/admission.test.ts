import { describe, expect, it } from "vitest";
import { deferred, stage } from "./stage.ts";

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

describe("admission of connections", () => {
  it("serves one after the other with a concurrency of 1, in the order of arrival, and refuses at once beyond", async () => {
    const { server, told, untilTold, dial } = await stage({ concurrency: 1, backlog: 2 });
    const callers = [await dial(), await dial(), await dial()];
    for (const [index, caller] of callers.entries()) caller.send(`from ${index}\n`);
    const fourth = await (await dial()).untilClosed();
    expect(fourth.end?.error).toMatchObject({ code: "ECONNRESET" });
    expect(server.counters).toMatchObject({ serving: 1, waiting: 2, accepted: 4, refused: 1 });
    for (const [index, caller] of callers.entries()) {
      await caller.untilText(`from ${index}\n`);
      await turns();
      for (const later of callers.slice(index + 1)) expect(later.text).toBe("");
      caller.stream.end();
      await caller.untilClosed();
    }
    await untilTold("closed c3 remote ended");
    expect(told).toEqual([
      "serving c1",
      "waiting c2",
      "waiting c3",
      "refused c4 local overload",
      "closed c1 remote ended",
      "serving c2",
      "closed c2 remote ended",
      "serving c3",
      "closed c3 remote ended",
    ]);
    expect(server.counters).toMatchObject({ serving: 0, waiting: 0, accepted: 4, refused: 1 });
  });

  it("serves three at the same time with a concurrency of 3", async () => {
    const { server, dial } = await stage({ concurrency: 3, backlog: 1 });
    const callers = [await dial(), await dial(), await dial(), await dial()];
    for (const caller of callers) caller.send("hello\n");
    await Promise.all(callers.slice(0, 3).map((caller) => caller.untilText("hello\n")));
    await turns();
    expect(callers[3]?.text).toBe("");
    expect(server.counters).toMatchObject({ serving: 3, waiting: 1 });
    callers[1]?.stream.end();
    await callers[3]?.untilText("hello\n");
  });

  it("tells who is refused so, in a word of the protocol with a FIN behind it", async () => {
    const { clock, told, dial } = await stage({
      concurrency: 1,
      backlog: 0,
      refusal: "full, come back later",
    });
    const first = await dial();
    const second = await (await dial()).untilEnded();
    expect(second.text).toBe("full, come back later\n");
    second.stream.end();
    await second.untilClosed();
    expect(second.end).toEqual({ error: undefined });
    first.send("still served\n");
    await first.untilText("still served\n");
    expect(told).toEqual(["serving c1", "refused c2 local overload"]);
    expect(clock.pending).toBe(0);
  });

  it("does not wait for ever for who is refused to go", async () => {
    const { clock, dial } = await stage({ concurrency: 1, backlog: 0, refusal: "full", lingerMs: 500 });
    await dial();
    const second = await (await dial()).untilEnded();
    clock.advance(499);
    await turns();
    expect(second.end).toBeUndefined();
    clock.advance(1);
    await second.untilClosed();
    expect(second.end?.error).toMatchObject({ code: "ECONNRESET" });
  });

  it("resets those it refuses once too many linger over their refusal", async () => {
    const { server, dial } = await stage({ concurrency: 1, backlog: 0, refusal: "full" });
    await dial();
    const lingering = await Promise.all(Array.from({ length: 64 }, dial));
    await Promise.all(lingering.map((caller) => caller.untilEnded()));
    const beyond = await (await dial()).untilClosed();
    expect([beyond.text, beyond.end?.error]).toMatchObject(["", { code: "ECONNRESET" }]);
    expect(server.counters).toMatchObject({ serving: 1, waiting: 0, refused: 65 });
    lingering[0]?.stream.destroy();
    await turns();
    expect((await (await dial()).untilEnded()).text).toBe("full\n");
  });

  it("refuses who has waited for too long, and only those", async () => {
    const { clock, told, dial } = await stage({ concurrency: 1, backlog: 2, waitTimeoutMs: 1_000 });
    const first = await dial();
    const second = await dial();
    clock.advance(600);
    const third = await dial();
    clock.advance(399);
    await turns();
    expect(second.end).toBeUndefined();
    clock.advance(1);
    await second.untilClosed();
    expect(told.at(-1)).toBe("refused c2 local wait-timeout");
    third.send("my turn\n");
    first.stream.end();
    await third.untilText("my turn\n");
    clock.advance(10_000);
    await turns();
    expect(third.end).toBeUndefined();
  });

  it("lets wait for ever if told to, without a timer", async () => {
    const { clock, told, dial } = await stage({
      concurrency: 1,
      backlog: 1,
      waitTimeoutMs: Number.POSITIVE_INFINITY,
    });
    await dial();
    await dial();
    expect(clock.pending).toBe(0);
    clock.advance(1e12);
    expect(told).toEqual(["serving c1", "waiting c2"]);
  });

  it("does not serve who was reset while waiting", async () => {
    const served: string[] = [];
    const { clock, told, untilTold, dial } = await stage({
      concurrency: 1,
      backlog: 2,
      handler: { open: ({ id }) => void served.push(id), message() {} },
    });
    const first = await dial();
    const second = await dial();
    second.send("never heard\n");
    const third = await dial();
    second.stream.destroy();
    await untilTold("closed c2 remote reset");
    first.stream.end();
    await untilTold("serving c3");
    expect(served).toEqual(["c1", "c3"]);
    expect(told).not.toContain("serving c2");
    third.stream.end();
    await untilTold("closed c3 remote ended");
    expect(clock.pending).toBe(0);
  });

  it("does not serve, nor refuse, who was closed while waiting, and takes the next", async () => {
    const { server, clock, told, untilTold, dial } = await stage({
      concurrency: 1,
      backlog: 2,
      waitTimeoutMs: 1_000,
      lingerMs: 5_000,
    });
    const first = await dial();
    const second = await dial();
    clock.advance(500);
    await dial();
    void server.connections()[1]?.close();
    await second.untilEnded();
    clock.advance(600);
    first.stream.end();
    await untilTold("serving c3");
    expect(server.counters).toMatchObject({ serving: 1, waiting: 1, refused: 0 });
    second.stream.end();
    await untilTold("closed c2 local ended");
    expect(told).not.toContain("serving c2");
  });

  it("serves who has half-closed while waiting", async () => {
    const { untilTold, dial } = await stage({ concurrency: 1, backlog: 1 });
    const first = await dial();
    const second = await dial();
    second.send("one\ntwo");
    second.stream.end();
    await turns();
    expect(second.end).toBeUndefined();
    first.stream.end();
    await second.untilClosed();
    expect(second.text).toBe("one\ntwo\n");
    expect(second.end).toEqual({ error: undefined });
    await untilTold("closed c2 remote ended");
  });

  it("serves who has half-closed while waiting without a word", async () => {
    const { untilTold, dial } = await stage({ concurrency: 1, backlog: 1 });
    const first = await dial();
    const second = await dial();
    second.stream.end();
    await turns();
    first.stream.end();
    await second.untilClosed();
    expect(second.end).toEqual({ error: undefined });
    await untilTold("closed c2 remote ended");
  });

  it("tells a handler once of the FIN that came while its connection waited", async () => {
    const endings: string[] = [];
    const closed = deferred();
    const { dial } = await stage({
      concurrency: 1,
      backlog: 1,
      handler: {
        message() {},
        ended(connection) {
          endings.push(connection.id);
          connection.end();
        },
        closed: ({ id }) => void (id === "c2" && closed.resolve()),
      },
    });
    const first = await dial();
    const second = await dial();
    second.send("one\n");
    second.stream.end();
    await turns();
    first.stream.end();
    await closed.promise;
    expect(endings).toEqual(["c1", "c2"]);
  });

  it("reads who waits ahead, up to a bound", async () => {
    const { server, dial } = await stage(
      { concurrency: 1, backlog: 1, waitingReadAheadBytes: 1_000 },
      { capacityBytes: 100, chunkBytes: 100 },
    );
    const seen = deferred<() => number>();
    server.events.on("waiting", ({ connection }) => seen.resolve(() => connection.counters.bytesIn));
    const first = await dial();
    const second = await dial();
    const bytesIn = await seen.promise;
    const line = `${"x".repeat(4_999)}\n`;
    expect(second.send(line)).toBe(false);
    await turns();
    expect(bytesIn()).toBeGreaterThanOrEqual(1_000);
    expect(bytesIn()).toBeLessThanOrEqual(1_100);
    expect(second.drains).toBe(0);
    first.stream.end();
    await second.untilText(line);
  });

  it("holds with many connections that come and go", async () => {
    const { server, dial } = await stage({ concurrency: 3, backlog: 4 });
    let most = { serving: 0, waiting: 0 };
    const look = (): void => {
      const { serving, waiting } = server.counters;
      most = { serving: Math.max(most.serving, serving), waiting: Math.max(most.waiting, waiting) };
    };
    for (const event of ["serving", "waiting", "refused", "closed"] as const) server.events.on(event, look);
    const callers = Array.from({ length: 100 }, async (_, index) => {
      const caller = await dial();
      caller.send(`${index}\n`);
      await caller.until(({ text, end }) => end !== undefined || text.endsWith("\n"));
      caller.stream.end();
      await caller.untilClosed();
      return caller.text === `${index}\n`;
    });
    const served = (await Promise.all(callers)).filter(Boolean).length;
    expect(most).toEqual({ serving: 3, waiting: 4 });
    expect(server.counters).toMatchObject({ serving: 0, waiting: 0, accepted: 100, refused: 100 - served });
  });

  it("gives a free place to the whole backlog, however long it is", async () => {
    const length = 5_000;
    const served: string[] = [];
    const { server, dial } = await stage({
      concurrency: 1,
      backlog: length,
      handler: {
        open(connection) {
          served.push(connection.id);
          if (connection.id !== "c1") connection.destroy();
        },
        message() {},
      },
    });
    const first = await dial();
    await Promise.all(Array.from({ length }, dial));
    expect(server.counters).toMatchObject({ serving: 1, waiting: length });
    first.stream.destroy();
    await turns();
    expect(server.counters).toMatchObject({ serving: 0, waiting: 0 });
    expect(served).toHaveLength(length + 1);
  });
});
