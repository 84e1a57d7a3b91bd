import type { Handler } from "@parley/core";
import { type MemoryOptions, manualClock } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { deferred, type Stage, stage } from "../../test/stage.ts";
import { echo } from "../handlers/echo.ts";
import type { ServerOptions } from "../server-options.ts";
import { pipe } from "./pipe.ts";
import { rateLimit } from "./rate-limit.ts";
import type { RateLimitOptions } from "./rate-limit-options.ts";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

/** A stage whose clock is the middleware's; the server's own stands still. */
async function limitedStage(
  options: RateLimitOptions,
  { handler = echo(), ...rest }: Partial<ServerOptions<string>> & { readonly handler?: Handler<string> } = {},
  memory: MemoryOptions = {},
): Promise<Stage> {
  const clock = manualClock();
  const limited = pipe(handler, rateLimit({ clock, ...options }));
  return { ...(await stage({ ...rest, handler: limited }, memory)), clock };
}

describe("rateLimit", () => {
  it("lets a burst through at once and the rest at its rate, in order", async () => {
    const { clock, dial } = await limitedStage({ messagesPerSecond: 10, burst: 2 });
    const caller = await dial();
    caller.send("a\nb\nc\nd\n");
    await caller.untilText("a\nb\n");
    await turns();
    expect(caller.text).toBe("a\nb\n");
    clock.advance(99);
    await turns();
    expect(caller.text).toBe("a\nb\n");
    clock.advance(1);
    await turns();
    expect(caller.text).toBe("a\nb\nc\n");
    clock.advance(100);
    await caller.untilText("a\nb\nc\nd\n");
    clock.advance(200);
    caller.send("e\nf\ng\n");
    await turns();
    expect(caller.text).toBe("a\nb\nc\nd\ne\nf\n");
  });

  it("measures every connection by itself", async () => {
    const { dial } = await limitedStage({ messagesPerSecond: 1 });
    const callers = [await dial(), await dial()];
    for (const caller of callers) caller.send("a\nb\n");
    await turns();
    expect(callers.map(({ text }) => text)).toEqual(["a\n", "a\n"]);
  });

  it("holds bytes to their rate, framing included", async () => {
    const { clock, dial } = await limitedStage({ bytesPerSecond: 1_000, burstBytes: 10 });
    const caller = await dial();
    caller.send("123456789\n");
    await caller.untilText("123456789\n");
    caller.send("1234\n");
    await turns();
    expect(caller.length).toBe(10);
    clock.advance(4);
    await turns();
    expect(caller.length).toBe(10);
    clock.advance(1);
    await turns();
    expect(caller.length).toBe(15);
  });

  it.each([
    [
      { messagesPerSecond: 2, onExceeded: "close" },
      "a\nb\nc\n",
      "a\nb\n",
      { unit: "messages", perSecond: 2 },
    ],
    [{ bytesPerSecond: 4, onExceeded: "close" }, "abcd\n", "", { unit: "bytes", perSecond: 4 }],
  ] as const)("closes who sends more, if told to: %j", async (options, sent, answered, reason) => {
    const told = deferred<unknown>();
    const { server, clock, dial } = await limitedStage(options);
    server.events.on("closed", (event) => told.resolve(event.reason));
    const caller = await dial();
    caller.send(sent);
    await caller.untilEnded();
    expect(caller.text).toBe(answered);
    caller.stream.end();
    await caller.untilClosed();
    expect(await told.promise).toEqual({ by: "local", kind: "rate-limited", ...reason });
    expect(clock.pending).toBe(0);
  });

  it("does not read who is made to wait beyond what is read ahead", async () => {
    const counters = deferred<() => number>();
    const { server, dial } = await limitedStage(
      { messagesPerSecond: 1 },
      { readAheadBytes: 1_000 },
      { capacityBytes: 100, chunkBytes: 100 },
    );
    server.events.on("serving", ({ connection }) => counters.resolve(() => connection.counters.bytesIn));
    const caller = await dial();
    caller.send("x\n".repeat(5_000));
    await turns();
    const bytesIn = await counters.promise;
    expect(bytesIn()).toBeGreaterThanOrEqual(1_000);
    expect(bytesIn()).toBeLessThanOrEqual(1_200);
  });

  it("drops the message that waits when its connection is lost, and leaves no timer", async () => {
    const seen: string[] = [];
    const { clock, untilTold, dial } = await limitedStage(
      { messagesPerSecond: 1 },
      { handler: { message: (message) => void seen.push(message) } },
    );
    const caller = await dial();
    caller.send("a\nb\n");
    await turns();
    expect(clock.pending).toBe(1);
    caller.stream.destroy();
    await untilTold("closed c1 remote reset");
    await turns();
    expect([seen, clock.pending]).toEqual([["a"], 0]);
  });

  it("handles what waits before a drain ends its connection, and holds up nobody who is idle", async () => {
    const { server, clock, dial } = await limitedStage({ messagesPerSecond: 1 });
    const [waiting, idle] = [await dial(), await dial()];
    waiting.send("a\nb\n");
    idle.send("a\n");
    await idle.untilText("a\n");
    await waiting.untilText("a\n");
    const draining = server.close({ graceMs: 5_000 });
    await idle.untilEnded();
    expect(waiting.hasEnded).toBe(false);
    clock.advance(1_000);
    await waiting.untilEnded();
    expect(waiting.text).toBe("a\nb\n");
    for (const caller of [waiting, idle]) caller.stream.end();
    expect(await draining).toMatchObject({ completed: 1, idle: 1, aborted: 0 });
  });

  it("makes no promise for a message within the limits", () => {
    const limited = pipe(echo<string>(), rateLimit({ messagesPerSecond: 1, clock: manualClock() }));
    const connection = { send: () => true } as never;
    expect(limited.message("a", connection)).toBeUndefined();
    expect(limited.message("b", connection)).toBeInstanceOf(Promise);
  });

  it.each([
    [{}, /no limit/],
    [{ messagesPerSecond: 0 }, /messagesPerSecond is 0/],
    [{ messagesPerSecond: 0.5 }, /messagesPerSecond is 0.5/],
    [{ bytesPerSecond: -1 }, /bytesPerSecond is -1/],
    [{ messagesPerSecond: 1, burst: 0 }, /burst is 0/],
    [{ messagesPerSecond: 1, burstBytes: 1 }, /burstBytes is given without bytesPerSecond/],
    [{ messagesPerSecond: 1, onExceeded: "drop" as "wait" }, /onExceeded is "drop"/],
  ])("refuses %j", (options, message) => {
    expect(() => rateLimit(options)).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringMatching(message) }),
    );
  });
});
