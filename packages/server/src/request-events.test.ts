import type { Connection, Handler } from "@parley/core";
import { manualClock } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { withRequestEvents } from "./request-events.ts";
import { ServerEmitter } from "./server-events.ts";

const connection = { id: "c7", counters: { messagesIn: 3 } } as Connection<string>;

/** A handler whose requests are told, and what was told, each with the time at which it was. */
function told(handler: Handler<string>) {
  const events = new ServerEmitter();
  const clock = manualClock();
  const heard: unknown[] = [];
  events.on("request-begun", ({ request }) => heard.push(["begun", request, clock.now()]));
  events.on("request-ended", ({ request, durationMs, ...rest }) =>
    heard.push(["ended", request, durationMs, "error" in rest ? rest.error : "no error"]),
  );
  return { handler: withRequestEvents(handler, events, clock), clock, heard };
}

describe("a handler whose requests are told", () => {
  it("returns nothing if it is synchronous, and so costs no promise", () => {
    const { handler, heard } = told({ message() {} });
    expect(handler.message("x", connection)).toBeUndefined();
    expect(heard).toEqual([
      ["begun", "c7.3", 0],
      ["ended", "c7.3", 0, "no error"],
    ]);
  });

  it("is through when its promise has settled, and not before", async () => {
    let settle!: () => void;
    const work = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const { handler, clock, heard } = told({ message: () => work });
    const result = handler.message("x", connection);
    clock.advance(250);
    expect(heard).toEqual([["begun", "c7.3", 0]]);
    settle();
    await result;
    expect(heard[1]).toEqual(["ended", "c7.3", 250, "no error"]);
  });

  it("takes a thenable for a promise", async () => {
    const thenable: PromiseLike<void> = {
      then: (fulfilled, failed) => Promise.resolve().then(fulfilled, failed),
    };
    const { handler, heard } = told({ message: () => thenable });
    const result = handler.message("x", connection);
    expect(heard).toHaveLength(1);
    await result;
    expect(heard).toHaveLength(2);
  });

  it.each([new Error("gone wrong"), "no error at all", undefined])("fails as before: %s", async (error) => {
    const sync = told({
      message() {
        throw error;
      },
    });
    let thrown: unknown = "nothing";
    try {
      void sync.handler.message("x", connection);
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBe(error);
    expect(sync.heard[1]).toEqual(["ended", "c7.3", 0, error]);
    const async = told({ message: () => Promise.reject(error) });
    await expect(async.handler.message("x", connection)).rejects.toBe(error);
    expect(async.heard[1]).toEqual(["ended", "c7.3", 0, error]);
  });

  it("keeps its other callbacks, with itself as their `this`", () => {
    class Counting implements Handler<string> {
      opened = 0;
      open(): void {
        this.opened += 1;
      }
      message(): void {
        this.opened += 10;
      }
    }
    const counting = new Counting();
    const { handler } = told(counting);
    void handler.open?.(connection);
    void handler.message("x", connection);
    expect(counting.opened).toBe(11);
    expect(Object.keys(handler).sort()).toEqual(["message", "open"]);
  });

  it("is called, and leaves as it was, whatever a subscriber throws", () => {
    const events = new ServerEmitter();
    for (const event of ["request-begun", "request-ended"] as const)
      events.on(event, () => {
        throw new Error(event);
      });
    const messages: string[] = [];
    const handler = withRequestEvents(
      { message: (text: string) => void messages.push(text) },
      events,
      manualClock(),
    );
    expect(handler.message("x", connection)).toBeUndefined();
    expect(messages).toEqual(["x"]);
  });

  it("reads no clock and tells nothing while nobody hears of it, and tells whoever subscribes from the next turn on", async () => {
    const events = new ServerEmitter();
    const clock = { ...manualClock(), now: (): number => expect.unreachable() };
    let wanted = false;
    const heard: string[] = [];
    events.onWhile(
      "request-begun",
      () => wanted,
      ({ request }) => heard.push(request),
    );
    const handler = withRequestEvents<string, string, unknown>({ message() {} }, events, clock);
    handler.message("x", connection);
    expect(heard).toEqual([]);
    wanted = true;
    clock.now = () => 0;
    await new Promise(setImmediate);
    handler.message("x", connection);
    expect(heard).toEqual(["c7.3"]);
  });
});
