import { getEventListeners } from "node:events";
import {
  type Clock,
  ClosedError,
  type ConnectionOptions,
  ParleyError,
  TimeoutError,
  textLines,
} from "@parley/core";
import { createMemoryNetwork, manualClock, type RecordedStream, recordStream } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import { ordered } from "./ordered-channel.ts";
import type { OrderedOptions } from "./ordered-options.ts";
import { UnansweredError } from "./unanswered-error.ts";

/** A channel whose other side is played by the test itself. */
async function channelTo(options: OrderedOptions = {}, limits: ConnectionOptions = {}) {
  const network = createMemoryNetwork();
  const accepted: RecordedStream[] = [];
  await network.listener("service")({
    accept: (stream) => accepted.push(recordStream(stream)),
    failed: (error) => expect.fail(error.message),
  });
  const clock = manualClock();
  const connection = await connect(network.dial("service"), textLines(), limits);
  const channel = ordered(connection, { clock, ...options });
  const server = accepted[0] as RecordedStream;
  void server.untilEnded().then(() => server.stream.end());
  return { channel, connection, clock, server };
}

/** What became of a promise, as far as it is known once what is due has run. */
function outcome<T>(promise: Promise<T>) {
  const seen: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => Object.assign(seen, { value }),
    (error: unknown) => Object.assign(seen, { error }),
  );
  return seen;
}

describe("an ordered channel", () => {
  it("pipelines, and gives the nth reply to the nth request", async () => {
    const { channel, server } = await channelTo();
    const replies = ["a", "b", "c"].map((message) => channel.request(message));
    await server.untilText("a\nb\nc\n");
    server.send("A\nB\nC\n");
    expect(await Promise.all(replies)).toEqual(["A", "B", "C"]);
  });

  it("keeps the order over many requests, however few may be in flight", async () => {
    const { channel, server } = await channelTo({ maxInFlight: 7 });
    const asked = Array.from({ length: 5_000 }, (_, index) => `${index}`);
    const replies = Promise.all(asked.map((message) => channel.request(message)));
    let answered = 0;
    const answering = server.until(({ text }) => {
      const lines = text.split("\n").slice(0, -1);
      if (lines.length - answered > 7) throw new Error(`${lines.length - answered} were in flight`);
      for (; answered < lines.length; answered++) server.send(`re ${lines[answered]}\n`);
      return answered === asked.length;
    });
    expect(await replies).toEqual(asked.map((message) => `re ${message}`));
    await answering;
  });

  it("sends no more than maxInFlight before a reply makes room", async () => {
    const { channel, server } = await channelTo({ maxInFlight: 2 });
    const replies = ["a", "b", "c", "d"].map((message) => channel.request(message));
    await server.untilText("a\nb\n");
    server.send("A\n");
    await replies[0];
    await server.untilText("a\nb\nc\n");
    expect(server.text).toBe("a\nb\nc\n");
    server.send("B\nC\n");
    await server.untilText("a\nb\nc\nd\n");
    server.send("D\n");
    expect(await Promise.all(replies)).toEqual(["A", "B", "C", "D"]);
  });

  it("pauses with the connection, and goes on in order when it is writable", async () => {
    const long = "x".repeat(100 * 1024);
    const { channel, connection, server } = await channelTo();
    server.stream.pause();
    const replies = [`1${long}`, `2${long}`, "3", "4"].map((message) => channel.request(message));
    expect(connection.counters.messagesOut).toBe(1);
    server.stream.resume();
    await server.until(({ text }) => text.endsWith("4\n"));
    expect(server.text.split("\n").map((line) => line[0])).toEqual(["1", "2", "3", "4", undefined]);
    server.send("A\nB\nC\nD\n");
    expect(await Promise.all(replies)).toEqual(["A", "B", "C", "D"]);
  });

  it("rejects alone a message that the codec cannot express", async () => {
    const { channel, server } = await channelTo();
    const before = channel.request("a");
    await expect(channel.request("two\nlines")).rejects.toMatchObject({ code: "unencodable" });
    const after = channel.request("b");
    server.send("A\nB\n");
    expect(await Promise.all([before, after])).toEqual(["A", "B"]);
  });

  describe("when a request times out", () => {
    it("rejects at its deadline and not before, and drops the late reply in its place", async () => {
      const { channel, clock, server } = await channelTo();
      const slow = outcome(channel.request("slow", { timeoutMs: 100 }));
      const patient = channel.request("patient");
      await server.untilText("slow\npatient\n");
      clock.advance(99);
      await Promise.resolve();
      expect(slow).toEqual({});
      clock.advance(1);
      await Promise.resolve();
      expect(slow.error).toBeInstanceOf(TimeoutError);
      expect(slow.error).toMatchObject({ code: "timeout", timeoutMs: 100, sent: true, blame: "remote" });
      server.send("late\nin time\n");
      expect(await patient).toBe("in time");
    });

    it("does not send it any more if it still waits", async () => {
      const { channel, clock, server } = await channelTo({ maxInFlight: 1 });
      const first = channel.request("first");
      const dropped = channel.request("dropped", { timeoutMs: 10 });
      const third = channel.request("third");
      clock.advance(10);
      await expect(dropped).rejects.toMatchObject({ code: "timeout", sent: false });
      server.send("1\n");
      await first;
      await server.untilText("first\nthird\n");
      server.send("3\n");
      expect(await third).toBe("3");
    });

    it("counts the channel's own time unless told otherwise, and none for Infinity", async () => {
      const { channel, clock } = await channelTo({ timeoutMs: 50 });
      const usual = outcome(channel.request("a"));
      const forever = outcome(channel.request("b", { timeoutMs: Number.POSITIVE_INFINITY }));
      clock.advance(50);
      await Promise.resolve();
      expect(usual.error).toMatchObject({ code: "timeout", timeoutMs: 50 });
      clock.advance(1e9);
      await Promise.resolve();
      expect(forever).toEqual({});
    });

    it("owns one timer for any number of requests, and none once closed", async () => {
      const { channel, clock } = await channelTo();
      for (let index = 0; index < 400; index++) outcome(channel.request("x", { timeoutMs: 1_000 + index }));
      expect(clock.pending).toBe(1);
      await channel.close();
      expect(clock.pending).toBe(0);
    });

    it("meets many different deadlines in few sweeps, none early and none much late", async () => {
      let timers = 0;
      const manual = manualClock();
      const clock: Clock = {
        ...manual,
        now: () => manual.now(),
        after: (delayMs, task) => {
          timers += 1;
          return manual.after(delayMs, task);
        },
      };
      const { channel } = await channelTo({ maxInFlight: 10_000, maxLate: 10_000, clock });
      const late: number[] = [];
      const all = Array.from({ length: 4_000 }, (_, index) => {
        const timeoutMs = 100 + index;
        return channel.request("x", { timeoutMs }).catch(() => late.push(clock.now() - timeoutMs));
      });
      for (let turn = 0; turn < 5_000; turn++) {
        manual.advance(1);
        await Promise.resolve();
      }
      await Promise.all(all);
      expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...late)).toBeLessThanOrEqual(5);
      expect(timers).toBeLessThan(2_000);
    });
  });

  describe("when a request is aborted", () => {
    it("rejects at once with the signal's reason, and drops the late reply in its place", async () => {
      const { channel, server } = await channelTo();
      const controller = new AbortController();
      const given = channel.request("given up", { signal: controller.signal });
      const kept = channel.request("kept");
      const cause = new Error("the user left");
      controller.abort(cause);
      await expect(given).rejects.toMatchObject({ code: "aborted", cause });
      server.send("late\nfor kept\n");
      expect(await kept).toBe("for kept");
    });

    it("sends nothing if it was aborted before, or still waits", async () => {
      const { channel, server } = await channelTo({ maxInFlight: 1 });
      const signal = AbortSignal.abort();
      await expect(channel.request("never", { signal })).rejects.toMatchObject({ code: "aborted" });
      const first = channel.request("first");
      const controller = new AbortController();
      const waiting = channel.request("nor this", { signal: controller.signal });
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ code: "aborted" });
      const last = channel.request("last");
      server.send("1\n");
      await first;
      await server.untilText("first\nlast\n");
      server.send("2\n");
      expect(await last).toBe("2");
    });

    it("takes its listener off the signal when it is settled, however that was", async () => {
      const { channel, clock, server } = await channelTo();
      const { signal } = new AbortController();
      const answered = channel.request("a", { signal });
      const timedOut = channel.request("b", { signal, timeoutMs: 5 });
      await expect(channel.request("\n", { signal })).rejects.toBeInstanceOf(ParleyError);
      const closed = channel.request("c", { signal });
      expect(getEventListeners(signal, "abort")).toHaveLength(1);
      server.send("A\n");
      await answered;
      clock.advance(5);
      await expect(timedOut).rejects.toBeInstanceOf(TimeoutError);
      expect(getEventListeners(signal, "abort")).toHaveLength(1);
      const closing = channel.close();
      await expect(closed).rejects.toBeInstanceOf(ClosedError);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
      await closing;
    });
  });

  describe("when too many were given up", () => {
    it("rejects all with one typed error and destroys the connection", async () => {
      const { channel, connection, clock, server } = await channelTo({ maxLate: 2, maxInFlight: 4 });
      const overdue = [1, 2, 3].map((n) => outcome(channel.request(`${n}`, { timeoutMs: 10 * n })));
      const [sent, waiting] = [outcome(channel.request("sent")), outcome(channel.request("waiting"))];
      await server.untilText("1\n2\n3\nsent\n");
      clock.advance(20);
      await Promise.resolve();
      expect(connection.state).toBe("open");
      clock.advance(10);
      await server.untilClosed();
      for (const { error } of overdue) expect(error).toBeInstanceOf(TimeoutError);
      for (const { error } of [sent, waiting]) {
        expect(error).toBeInstanceOf(UnansweredError);
        expect(error).toMatchObject({ code: "unanswered", maxLate: 2, blame: "remote" });
      }
      await expect(channel.request("after")).rejects.toBeInstanceOf(UnansweredError);
      expect(clock.pending).toBe(0);
    });

    it("counts only those whose reply is still to come", async () => {
      const { channel, connection, clock, server } = await channelTo({ maxLate: 1 });
      for (let round = 0; round < 5; round++) {
        const overdue = channel.request("late", { timeoutMs: 1 });
        clock.advance(1);
        await expect(overdue).rejects.toBeInstanceOf(TimeoutError);
        const next = channel.request("next");
        server.send("too late\nhere\n");
        expect(await next).toBe("here");
      }
      expect(connection.state).toBe("open");
    });
  });

  describe("when the connection closes", () => {
    it.each<[string, (server: RecordedStream) => void, object]>([
      ["a FIN", (server) => server.stream.end(), { by: "remote", kind: "ended" }],
      ["a reset", (server) => server.stream.destroy(), { by: "remote", kind: "reset" }],
    ])(
      "rejects every request upon %s, sent or waiting, and those that come after",
      async (_, close, reason) => {
        const { channel, server, clock } = await channelTo({ maxInFlight: 1 });
        const [sent, waiting] = [channel.request("sent"), channel.request("waiting")];
        await server.untilText("sent\n");
        close(server);
        for (const request of [sent, waiting]) {
          const error = await request.catch((error: unknown) => error);
          expect(error).toBeInstanceOf(ClosedError);
          expect((error as ClosedError).reason).toMatchObject(reason);
        }
        await expect(channel.request("after")).rejects.toBeInstanceOf(ClosedError);
        expect(clock.pending).toBe(0);
      },
    );

    it("resolves what was answered before the FIN", async () => {
      const { channel, server } = await channelTo();
      const [answered, unanswered] = [channel.request("a"), channel.request("b")];
      await server.untilText("a\nb\n");
      server.send("A\n");
      server.stream.end();
      expect(await answered).toBe("A");
      await expect(unanswered).rejects.toBeInstanceOf(ClosedError);
      await server.untilEnded();
    });

    it("rejects what waits for a connection that is ended behind its back", async () => {
      const { channel, connection, server } = await channelTo({ maxInFlight: 1 });
      const [sent, waiting] = [channel.request("sent"), channel.request("waiting")];
      await server.untilText("sent\n");
      server.send("answered\n");
      connection.end();
      expect(await sent).toBe("answered");
      await expect(waiting).rejects.toBeInstanceOf(ClosedError);
    });

    it("rejects a request that itself overflows the connection", async () => {
      const network = createMemoryNetwork();
      await network.listener("deaf")({
        accept: (stream) => recordStream(stream).stream.pause(),
        failed() {},
      });
      const lines = textLines({ maxFrameBytes: 400_000 });
      const connection = await connect(network.dial("deaf"), lines, {
        maxBufferedBytes: 1,
        highWatermarkBytes: 790_000,
      });
      const channel = ordered(connection, { clock: manualClock() });
      const requests = Array.from({ length: 4 }, () => channel.request("x".repeat(390_000)));
      for (const result of await Promise.allSettled(requests)) {
        expect(result).toMatchObject({ reason: { code: "closed", reason: { kind: "slow-consumer" } } });
      }
    });
  });

  it("closes as malformed upon a reply that nobody asked for", async () => {
    const { channel, connection, server } = await channelTo();
    const asked = channel.request("a");
    server.send("A\nwho asked?\n");
    expect(await asked).toBe("A");
    await server.untilClosed();
    expect(await connection.close()).toMatchObject({ by: "local", kind: "malformed" });
    await expect(channel.request("b")).rejects.toMatchObject({ reason: { kind: "malformed" } });
  });

  it("closes gracefully: what was sent arrives, what is pending rejects at once", async () => {
    const { channel, server } = await channelTo();
    const pending = channel.request("last words");
    const closing = channel.close();
    await expect(pending).rejects.toBeInstanceOf(ClosedError);
    await server.untilEnded();
    expect(server.text).toBe("last words\n");
    expect(await closing).toEqual({ by: "local", kind: "ended" });
    expect(await channel.close()).toEqual({ by: "local", kind: "ended" });
  });

  it("is closed by leaving its scope", async () => {
    const { channel, connection } = await channelTo();
    {
      await using scoped = channel;
      outcome(scoped.request("a"));
    }
    expect(connection.state).toBe("closed");
  });

  it.each<[string, OrderedOptions]>([
    ["no time at all", { timeoutMs: 0 }],
    ["nothing in flight", { maxInFlight: 0 }],
    ["a fraction", { maxLate: 0.5 }],
  ])("refuses %s", async (_, options) => {
    await expect(channelTo(options)).rejects.toMatchObject({ code: "bad-option" });
  });

  it("refuses a request with no time at all", async () => {
    const { channel } = await channelTo();
    expect(() => channel.request("a", { timeoutMs: 0 })).toThrow(/timeoutMs is 0/);
  });

  it("takes no connection whose messages somebody takes already, nor one that is none", async () => {
    const { connection } = await channelTo();
    expect(() => ordered(connection)).toThrow(expect.objectContaining({ code: "in-use" }));
    const forged = { ...connection } as typeof connection;
    expect(() => ordered(forged)).toThrow(expect.objectContaining({ code: "bad-option" }));
  });
});
