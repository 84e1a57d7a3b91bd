import type { Handler } from "@parley/core";
import { manualClock } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { deferred, type Stage, stage } from "../../test/stage.ts";
import { pipe } from "./pipe.ts";
import { requestTimeout } from "./request-timeout.ts";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

/** A stage whose clock is the middleware's; the server's own stands still. */
async function timedStage(ms: number, handler: Handler<string>): Promise<Stage> {
  const clock = manualClock();
  return { ...(await stage({ handler: pipe(handler, requestTimeout(ms, { clock })) })), clock };
}

/** A handler whose answers are given by hand, and the promises they wait for. */
function answering(): { handler: Handler<string>; asked: ReturnType<typeof deferred<string>>[] } {
  const asked: ReturnType<typeof deferred<string>>[] = [];
  return {
    asked,
    handler: {
      async message(_, connection) {
        const answer = deferred<string>();
        asked.push(answer);
        connection.send(await answer.promise);
      },
    },
  };
}

describe("requestTimeout", () => {
  it("closes the connection whose handler is not through in time, and sends what it has sent", async () => {
    const reason = deferred<unknown>();
    const { server, clock, dial } = await timedStage(1_000, {
      message(message, connection) {
        connection.send(`working on ${message}`);
        return new Promise(() => {});
      },
    });
    server.events.on("closed", (event) => reason.resolve(event.reason));
    const caller = await dial();
    caller.send("a\nb\n");
    await caller.untilText("working on a\n");
    clock.advance(999);
    await turns();
    expect(caller.hasEnded).toBe(false);
    clock.advance(1);
    await caller.untilEnded();
    expect(caller.text).toBe("working on a\n");
    caller.stream.end();
    expect(await reason.promise).toEqual({ by: "local", kind: "request-timeout", afterMs: 1_000 });
    expect(clock.pending).toBe(0);
  });

  it("gives every message its own time, with one timer", async () => {
    const { handler, asked } = answering();
    const { clock, dial } = await timedStage(1_000, handler);
    const caller = await dial();
    caller.send("a\nb\nc\n");
    let text = "";
    for (const [index, answer] of ["A", "B"].entries()) {
      await turns();
      expect(clock.pending).toBe(1);
      clock.advance(700);
      asked[index]?.resolve(answer);
      text += `${answer}\n`;
      await caller.untilText(text);
    }
    await turns();
    clock.advance(999);
    await turns();
    expect(caller.hasEnded).toBe(false);
    clock.advance(1);
    await caller.untilEnded();
  });

  it("lets a connection without a message at work be", async () => {
    const { handler, asked } = answering();
    const { clock, dial } = await timedStage(1_000, handler);
    const caller = await dial();
    caller.send("a\n");
    await turns();
    asked[0]?.resolve("A");
    await caller.untilText("A\n");
    clock.advance(100_000);
    expect(clock.pending).toBe(0);
    caller.send("b\n");
    await turns();
    asked[1]?.resolve("B");
    await caller.untilText("A\nB\n");
  });

  it("counts an open that takes too long", async () => {
    const { clock, untilTold, dial } = await timedStage(1_000, {
      open: () => new Promise(() => {}),
      message() {},
    });
    const caller = await dial();
    await turns();
    clock.advance(1_000);
    await caller.untilEnded();
    caller.stream.end();
    await untilTold("closed c1 local request-timeout");
  });

  it("leaves failures and their errors as they are, and no timer behind", async () => {
    const { clock, untilTold, dial } = await timedStage(1_000, {
      message: () => Promise.reject(new Error("no")),
    });
    (await dial()).send("a\n");
    await untilTold("handler-error c1 Error: no");
    await turns();
    expect(clock.pending).toBe(0);
  });

  it("makes nothing of a handler without promises", () => {
    const clock = manualClock();
    const piped = pipe<string>({ message() {} }, requestTimeout(1_000, { clock }));
    expect(piped.message("a", {} as never)).toBeUndefined();
    expect(piped.open).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it.each([0, 1.5, Number.POSITIVE_INFINITY, 2 ** 31])("refuses a timeout of %d ms", (ms) => {
    expect(() => requestTimeout(ms)).toThrow(expect.objectContaining({ code: "bad-option" }));
  });
});
