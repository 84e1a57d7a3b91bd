import {
  byteFrames,
  type CloseReason,
  type Codec,
  type Connection,
  codec,
  contentLength,
  delimited,
  jsonStream,
  lengthPrefix,
  netstring,
  text,
  textLines,
} from "@parley/core";
import {
  createMemoryNetwork,
  type ManualClock,
  manualClock,
  type RecordedStream,
  recordStream,
} from "@parley/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createServer, echo } from "../src/index.ts";
import { deferred, type Stage, stage } from "./stage.ts";

const silent = { message(): void {} };

/** Lets what was written arrive. */
async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

interface Connected {
  readonly connection: Connection<string>;
  readonly caller: RecordedStream;
  readonly closed: Promise<CloseReason>;
}

/** One connection on a stage: both its ends, and why it will have been closed. */
async function connected({ server, dial }: Stage): Promise<Connected> {
  const served = deferred<Connection<string>>();
  const closed = deferred<CloseReason>();
  server.events.once("serving", ({ connection }) => {
    served.resolve(connection as Connection<string>);
    server.events.on("closed", (event) => {
      if (event.connection === connection) closed.resolve(event.reason);
    });
  });
  const caller = await dial();
  return { connection: await served.promise, caller, closed: closed.promise };
}

/** The latest that a deadline is met: it takes up to a look to see that something began, and one more that its time is up. */
function latest(timeoutMs: number, shortestMs = timeoutMs): number {
  return timeoutMs + 2 * (shortestMs / 4 + 200);
}

/** Lets time pass until the connection is left, or longer than it may take; answers how much that was. */
async function timeOpen(clock: ManualClock, { connection }: Connected, timeoutMs: number): Promise<number> {
  const from = clock.now();
  while (connection.state === "open" && clock.now() - from <= latest(timeoutMs)) {
    clock.advance(10);
    await turns(1);
  }
  return clock.now() - from;
}

/** Holds if the connection is closed for its time being up, neither early nor late, with a FIN, and no timer is left. */
async function expectTimeout(
  { clock }: Stage,
  connected: Connected,
  reason: Extract<CloseReason, { readonly afterMs: number }>,
): Promise<void> {
  const ms = await timeOpen(clock, connected, reason.afterMs);
  expect(ms).toBeGreaterThanOrEqual(reason.afterMs);
  expect(ms).toBeLessThanOrEqual(latest(reason.afterMs));
  await expectFin(connected);
  expect(await connected.closed).toEqual(reason);
  expect(clock.pending).toBe(0);
}

/** Holds if this side's FIN comes, and not a reset; answers it. */
async function expectFin({ caller }: Connected): Promise<void> {
  await caller.until(({ hasEnded, end }) => hasEnded || end !== undefined);
  caller.stream.end();
  await caller.untilClosed();
  expect(caller.end).toEqual({ error: undefined });
}

/** Holds if the connection is still open after so long. */
async function expectOpen({ clock }: Stage, { connection }: Connected, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += ms / 20) {
    clock.advance(ms / 20);
    await turns(1);
  }
  expect(connection.state).toBe("open");
}

/** Holds if nothing of a connection is left once the other side is gone. */
async function expectNothingLeft({ clock }: Stage, { caller, closed }: Connected): Promise<void> {
  caller.stream.destroy();
  await closed;
  expect(clock.pending).toBe(0);
}

describe("a connection that is idle", () => {
  const idleTimeoutMs = 1_000;
  const idle = { by: "local", kind: "idle", afterMs: idleTimeoutMs } as const;

  it("is closed if it never says anything", async () => {
    const set = await stage({ idleTimeoutMs });
    await expectTimeout(set, await connected(set), idle);
  });

  it.each([1, 50, 330, 999, 60_000])(
    "is closed also if it stands alone, and may be idle for %d ms",
    async (afterMs) => {
      const set = await stage({ idleTimeoutMs: afterMs });
      await expectTimeout(set, await connected(set), { ...idle, afterMs });
    },
  );

  it("is closed once it says nothing any more", async () => {
    const set = await stage({ idleTimeoutMs });
    const one = await connected(set);
    for (let message = 1; message <= 10; message++) {
      await expectOpen(set, one, 900);
      one.caller.send("x\n");
      await one.caller.until((caller) => caller.length === 2 * message);
    }
    await expectTimeout(set, one, idle);
  });

  it("is not idle while a message is handled", async () => {
    const work = deferred();
    const set = await stage({ idleTimeoutMs, handler: { message: () => work.promise } });
    const one = await connected(set);
    one.caller.send("x\n");
    await turns();
    await expectOpen(set, one, 20_000);
    work.resolve();
    await turns();
    await expectTimeout(set, one, idle);
  });

  it("is not idle while a function does not ask for the next message", async () => {
    const work = deferred();
    const set = await stage({
      idleTimeoutMs,
      handler: async (connection) => {
        for await (const _ of connection) await work.promise;
      },
    });
    const one = await connected(set);
    one.caller.send("x\n");
    await turns();
    await expectOpen(set, one, 20_000);
    work.resolve();
    await turns();
    await expectTimeout(set, one, idle);
  });

  it("is not idle while bytes go out, with none coming in", async () => {
    const set = await stage({ idleTimeoutMs, handler: silent });
    const one = await connected(set);
    for (let tick = 0; tick < 10; tick++) {
      one.connection.send("tick");
      await turns();
      await expectOpen(set, one, 900);
    }
    one.connection.send("the last");
    await turns();
    await expectTimeout(set, one, idle);
  });

  it("is not idle while something is unsent", async () => {
    const set = await stage({ idleTimeoutMs, handler: silent }, { capacityBytes: 10 });
    const one = await connected(set);
    one.caller.stream.pause();
    one.connection.send("more than can be taken");
    await turns();
    await expectOpen(set, one, 20_000);
    one.caller.stream.resume();
    await one.caller.untilText("more than can be taken\n");
    await turns();
    await expectTimeout(set, one, idle);
  });

  it("is no idle one for having half a frame: that has a deadline of its own", async () => {
    const set = await stage({ idleTimeoutMs, frameTimeoutMs: 5_000 });
    const one = await connected(set);
    one.caller.send("half a line");
    await turns();
    await expectTimeout(set, one, { by: "local", kind: "frame-timeout", afterMs: 5_000 });
  });

  it("is given lingerMs to end as well, and no more", async () => {
    const set = await stage({ idleTimeoutMs, lingerMs: 700 });
    const one = await connected(set);
    await timeOpen(set.clock, one, idleTimeoutMs);
    await one.caller.untilEnded();
    expect(set.clock.pending).toBe(1);
    set.clock.advance(690);
    await turns();
    expect(one.caller.end).toBeUndefined();
    set.clock.advance(10);
    expect(await one.closed).toEqual(idle);
    await one.caller.untilClosed();
    expect(one.caller.end?.error).toMatchObject({ code: "ECONNRESET" });
    expect(set.clock.pending).toBe(0);
  });
});

/** What drips in, of which no frame is ever complete: the first bytes once, the rest over and over. */
type Drip = readonly [name: string, codec: Codec<string>, first: string, rest: string];

const maxFrameBytes = 1_000;
const skipped = { maxFrameBytes: 4, onTooLong: "skip" } as const;
const drips: Drip[] = [
  ["the header of a length prefix", codec(lengthPrefix({ width: 8 }), text()), "", "\0\0\0\0\0\0\x03\xe7x"],
  ["the body behind a length prefix", codec(lengthPrefix(), text()), "\0\0\x03\xe7", "x"],
  ["a varint", codec(lengthPrefix({ width: "varint" }), text()), "\xe7\x07", "x"],
  ["a line", textLines({ maxFrameBytes }), "", "x"],
  ["a line of one character and carriage returns", textLines({ maxFrameBytes }), "x", "\r"],
  ["a delimited frame", codec(delimited({ delimiters: ["--end--"] }), text()), "", "--en"],
  [
    "a Content-Length header",
    codec(contentLength(), text()),
    "",
    "Content-Length: 900\r\nX-Long: xxxxxxxxxxxxxxxx",
  ],
  ["the body behind a Content-Length", codec(contentLength(), text()), "Content-Length: 900\r\n\r\n", "x"],
  ["a netstring", codec(netstring(), text()), "900:", "x"],
  ["a JSON value", codec(jsonStream(), text()), '{"a":"', "x"],
  ["blanks between JSON values", codec(jsonStream(), text()), "1 ", " \n"],
  ["a line that is passed over", textLines(skipped), "too long", "x"],
  ["a frame that is passed over", codec(lengthPrefix(skipped), text()), "\0\0\x03\xe7", "x"],
  ["a JSON value that is passed over", codec(jsonStream(skipped), text()), '["too long"', ",1"],
  ["a netstring that is passed over", codec(netstring(skipped), text()), "900:", "x"],
];

describe("a frame that is not completed", () => {
  const frameTimeoutMs = 1_000;
  const late = { by: "local", kind: "frame-timeout", afterMs: frameTimeoutMs } as const;

  it.each(drips)("is cut however its bytes drip in: %s", async (_, spoken, first, rest) => {
    // Eight bytes take longer than the limit: so long is the longest header.
    const gaps = fc.array(fc.integer({ min: 140, max: 300 }), { minLength: 5, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.integer({ min: 0, max: 999 }), async (gapsMs, phaseMs) => {
        const set = await stage({ codec: spoken, frameTimeoutMs, handler: silent });
        const one = await connected(set);
        set.clock.advance(phaseMs);
        const bytes = Buffer.from(rest, "latin1");
        one.caller.stream.write(Buffer.from(first, "latin1"));
        const from = set.clock.now();
        for (let at = 0; one.connection.state === "open"; at++) {
          expect(set.clock.now() - from).toBeLessThanOrEqual(latest(frameTimeoutMs));
          one.caller.stream.write(bytes.subarray(at % bytes.length, (at % bytes.length) + 1));
          await turns(2);
          set.clock.advance(gapsMs[at % gapsMs.length] as number);
        }
        expect(set.clock.now() - from).toBeGreaterThanOrEqual(frameTimeoutMs);
        await expectFin(one);
        expect(await one.closed).toEqual(late);
        expect(set.clock.pending).toBe(0);
        await set.server.close();
      }),
      { numRuns: 5 },
    );
  });

  it.each(drips.slice(0, 10))(
    "is cut if nothing follows its beginning: %s",
    async (_, spoken, first, rest) => {
      const set = await stage({ codec: spoken, frameTimeoutMs, handler: silent });
      const one = await connected(set);
      set.clock.advance(5_000);
      one.caller.stream.write(Buffer.from(first + rest.slice(0, 1), "latin1"));
      await turns();
      await expectTimeout(set, one, late);
    },
  );

  it("is not cut if it is complete just in time, time after time", async () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 240 }), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(gaps, { minLength: 5, maxLength: 10 }), async (frames) => {
        const set = await stage({ frameTimeoutMs });
        const one = await connected(set);
        for (const [index, gapsMs] of frames.entries()) {
          for (const gapMs of gapsMs) {
            one.caller.send("x");
            await turns(2);
            set.clock.advance(gapMs);
          }
          one.caller.send("\n");
          await one.caller.until(({ length, end }) => length === 5 * (index + 1) || end !== undefined);
          expect(one.connection.state).toBe("open");
        }
        await expectNothingLeft(set, one);
      }),
      { numRuns: 10 },
    );
  });

  it("has its time from its own first byte, whatever came and made no frame long before", async () => {
    const set = await stage({ codec: codec(jsonStream(), text()), frameTimeoutMs });
    const one = await connected(set);
    one.caller.send("[1]");
    await one.caller.untilText("[1]");
    await expectOpen(set, one, 600);
    one.caller.send("\n");
    await turns();
    await expectOpen(set, one, 60_000);
    one.caller.send("[");
    await turns();
    await expectTimeout(set, one, late);
  });

  it("has no less time for what was passed over before it", async () => {
    const set = await stage({ codec: textLines(skipped), frameTimeoutMs });
    const one = await connected(set);
    one.caller.send("too long");
    await turns();
    await expectOpen(set, one, 600);
    one.caller.send("\n");
    await turns();
    await expectOpen(set, one, 60_000);
    one.caller.send("x");
    await turns();
    await expectTimeout(set, one, late);
  });

  it.each(["callbacks", "function"] as const)(
    "has its time from when %s hold messages back no longer",
    async (form) => {
      const work = deferred();
      const set = await stage({
        frameTimeoutMs,
        handler:
          form === "callbacks"
            ? { message: () => work.promise }
            : async (connection) => {
                for await (const _ of connection) await work.promise;
              },
      });
      const one = await connected(set);
      one.caller.send("slow\nhalf");
      for (let more = 0; more < 20; more++) {
        await turns();
        await expectOpen(set, one, 500);
        one.caller.send("x");
      }
      await turns();
      work.resolve();
      await turns();
      await expectTimeout(set, one, late);
    },
  );

  it("has its time from when answers are read again", async () => {
    const set = await stage(
      { frameTimeoutMs, highWatermarkBytes: 10, lowWatermarkBytes: 5 },
      { capacityBytes: 64 },
    );
    const one = await connected(set);
    one.caller.stream.pause();
    one.caller.send(`${"x".repeat(80)}\nhalf`);
    await turns(20);
    await expectOpen(set, one, 20_000);
    one.caller.stream.resume();
    await one.caller.until(({ length }) => length === 81);
    await turns();
    await expectTimeout(set, one, late);
  });

  it("leaves alone who stands beside it", async () => {
    const set = await stage({ frameTimeoutMs });
    const [slow, good] = [await connected(set), await connected(set)];
    slow.caller.send("half");
    for (let message = 1; message <= 30; message++) {
      good.caller.send("x\n");
      await good.caller.until(({ length }) => length === 2 * message);
      set.clock.advance(100);
    }
    await slow.caller.untilEnded();
    expect(good.connection.state).toBe("open");
    slow.caller.stream.end();
    expect(await slow.closed).toEqual(late);
    await expectNothingLeft(set, good);
  });
});

describe("a first message that does not come", () => {
  const firstMessageTimeoutMs = 1_000;
  const late = { by: "local", kind: "first-message-timeout", afterMs: firstMessageTimeoutMs } as const;

  it.each(["", "half of one"])("ends the connection, with %j in its place", async (sent) => {
    const set = await stage({ firstMessageTimeoutMs });
    const one = await connected(set);
    one.caller.send(sent);
    await expectTimeout(set, one, late);
  });

  it("is no matter once it has come", async () => {
    const set = await stage({ firstMessageTimeoutMs });
    const one = await connected(set);
    await expectOpen(set, one, 900);
    one.caller.send("x\n");
    await one.caller.untilText("x\n");
    await expectOpen(set, one, 60_000);
    await expectNothingLeft(set, one);
  });

  it("is not missed in a connection that waits in the backlog", async () => {
    const set = await stage({ firstMessageTimeoutMs, concurrency: 1 });
    const first = await connected(set);
    first.caller.send("x\n");
    await first.caller.untilText("x\n");
    const waiting = connected(set);
    await turns();
    await expectOpen(set, first, 20_000);
    first.caller.stream.destroy();
    await expectTimeout(set, await waiting, late);
  });

  it("is not missed while this side is not ready for it", async () => {
    const opened = deferred();
    const set = await stage({
      firstMessageTimeoutMs,
      handler: { ...echo<string>(), open: () => opened.promise },
    });
    const one = await connected(set);
    one.caller.send("said at once\n");
    await turns();
    await expectOpen(set, one, 20_000);
    opened.resolve();
    await one.caller.untilText("said at once\n");
    await expectOpen(set, one, 20_000);
    await expectNothingLeft(set, one);
  });
});

describe("a client that takes nothing of what is sent", () => {
  const writeStallMs = 1_000;
  const stalled = { by: "local", kind: "write-stall", afterMs: writeStallMs } as const;

  it("is cut, and nobody else is", async () => {
    const set = await stage({ writeStallMs }, { capacityBytes: 100 });
    const [slow, good] = [await connected(set), await connected(set)];
    slow.caller.stream.pause();
    slow.connection.send("x".repeat(1_000));
    await turns();
    const ms = await timeOpen(set.clock, slow, writeStallMs);
    expect(ms).toBeGreaterThanOrEqual(writeStallMs);
    expect(ms).toBeLessThanOrEqual(latest(writeStallMs));
    expect(await slow.closed).toEqual(stalled);
    await slow.caller.untilClosed();
    expect(slow.caller.end?.error).toMatchObject({ code: "ECONNRESET" });
    good.caller.send("x\n");
    await good.caller.untilText("x\n");
    await expectOpen(set, good, 20_000);
    await expectNothingLeft(set, good);
  });

  it("is not cut if it takes one message after the other, however slowly", async () => {
    const set = await stage({ writeStallMs, handler: silent }, { capacityBytes: 4, chunkBytes: 4 });
    const one = await connected(set);
    for (let message = 1; message <= 20; message++) {
      one.caller.stream.pause();
      one.connection.send("1234567");
      await turns();
      set.clock.advance(900);
      one.caller.stream.resume();
      await one.caller.until(({ length }) => length === 8 * message);
      await turns();
    }
    expect(one.connection.state).toBe("open");
    await expectNothingLeft(set, one);
  });

  it("is cut as well once its connection is closing", async () => {
    const set = await stage({ writeStallMs, handler: silent }, { capacityBytes: 100 });
    const one = await connected(set);
    one.caller.stream.pause();
    one.connection.send("x".repeat(1_000));
    await turns();
    void one.connection.close();
    set.clock.advance(writeStallMs - 1);
    await turns();
    expect(one.connection.state).toBe("closing");
    set.clock.advance(1);
    expect(await one.closed).toEqual(stalled);
    expect(set.clock.pending).toBe(0);
  });
});

describe("a heartbeat", () => {
  const intervalMs = 1_000;
  const heartbeat = { intervalMs, message: "ping" };
  const lost = { by: "local", kind: "unresponsive", afterMs: 2 * intervalMs } as const;

  it("keeps who answers, for ever", async () => {
    const set = await stage({ heartbeat, handler: silent });
    const one = await connected(set);
    let answered = 0;
    for (let passed = 0; passed < 100 * intervalMs; passed += 100) {
      set.clock.advance(100);
      await turns(2);
      for (; answered < one.caller.length / 5; answered++) one.caller.send("pong\n");
      await turns(2);
    }
    expect(one.connection.state).toBe("open");
    // One an interval, each up to a look and two ticks late.
    expect(answered).toBeGreaterThanOrEqual(100 / 1.45 / 1.25 - 1);
    expect(answered).toBeLessThanOrEqual(100);
    expect(one.caller.text).toBe("ping\n".repeat(answered));
    await expectNothingLeft(set, one);
  });

  it("gives up who vanished, after two intervals, and asks it once", async () => {
    const set = await stage({ heartbeat, handler: silent });
    const one = await connected(set);
    const ms = await timeOpen(set.clock, one, 2 * intervalMs);
    expect(ms).toBeGreaterThanOrEqual(2 * intervalMs);
    expect(ms).toBeLessThanOrEqual(2 * intervalMs + 2 * (intervalMs / 4 + 200));
    expect(await one.closed).toEqual(lost);
    await one.caller.untilClosed();
    expect(one.caller.text).toBe("ping\n");
    expect(one.caller.end?.error).toMatchObject({ code: "ECONNRESET" });
    expect(set.clock.pending).toBe(0);
  });

  it("takes any byte for a sign of life, and does not ask who talks", async () => {
    const set = await stage({ heartbeat, handler: silent });
    const one = await connected(set);
    for (let byte = 0; byte < 30; byte++) {
      one.caller.send("x");
      await turns();
      await expectOpen(set, one, intervalMs / 2);
    }
    expect(one.caller.text).toBe("");
    await expectNothingLeft(set, one);
  });

  it("asks nobody whose message is being handled", async () => {
    const work = deferred();
    const set = await stage({ heartbeat, handler: { message: () => work.promise } });
    const one = await connected(set);
    one.caller.send("x\n");
    await turns();
    await expectOpen(set, one, 20 * intervalMs);
    expect(one.caller.text).toBe("");
    work.resolve();
    await turns();
    await timeOpen(set.clock, one, 2 * intervalMs);
    expect(await one.closed).toEqual(lost);
  });

  it("is not sent in a codec that it was not made for", async () => {
    const set = await stage({
      heartbeat,
      handler: {
        message: (_, connection) => void connection.switchCodec(codec(lengthPrefix(), text()), silent),
      },
    });
    const one = await connected(set);
    one.caller.send("switch\n");
    await turns();
    await expectOpen(set, one, 20 * intervalMs);
    expect(one.caller.text).toBe("");
    await expectNothingLeft(set, one);
  });

  it("is sent no more once this side has ended", async () => {
    const set = await stage({ heartbeat, handler: silent });
    const one = await connected(set);
    one.connection.end();
    await one.caller.untilEnded();
    set.clock.advance(20 * intervalMs);
    await turns();
    expect([one.caller.text, one.connection.state]).toEqual(["", "local-ended"]);
    await expectNothingLeft(set, one);
  });
});

describe("a wait in the backlog", () => {
  it("ends at its time, and leaves no timer", async () => {
    const set = await stage({ concurrency: 1, waitTimeoutMs: 1_000 });
    const first = await connected(set);
    const waiting = await set.dial();
    set.clock.advance(999);
    await turns();
    expect(waiting.end).toBeUndefined();
    set.clock.advance(1);
    await waiting.untilClosed();
    expect(set.told.at(-1)).toBe("refused c2 local wait-timeout");
    await expectNothingLeft(set, first);
  });
});

describe("all deadlines at their defaults", () => {
  it("look after any number of connections with one timer, and with none once they are gone", async () => {
    const clock = manualClock();
    const network = createMemoryNetwork();
    await using server = createServer({ codec: byteFrames(), handler: echo(), clock });
    await server.listen(network.listener("here"));
    expect(clock.pending).toBe(0);
    const callers = await Promise.all(
      Array.from({ length: 50 }, async () => recordStream(await network.dial("here")())),
    );
    clock.advance(30_000);
    expect(clock.pending).toBe(1);
    const reasons: string[] = [];
    const all = deferred();
    server.events.on("closed", ({ reason }) => {
      if (reasons.push(reason.kind) === callers.length) all.resolve();
    });
    clock.advance(latest(60_000, 10_000) - 30_000);
    clock.advance(2_000);
    await all.promise;
    expect(new Set(reasons)).toEqual(new Set(["idle"]));
    expect(clock.pending).toBe(0);
  });
});
