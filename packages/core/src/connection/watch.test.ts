import { describe, expect, it } from "vitest";
import { ScriptedClock } from "../../test/scripted-stream.ts";
import type { CloseReason } from "./close-reason.ts";
import type { Vitals } from "./deadlines.ts";
import { Watch, WatchPlan } from "./watch.ts";

const never = Number.POSITIVE_INFINITY;

/** A watch over somebody who may be idle for a second. */
function watched() {
  const clock = new ScriptedClock();
  const limits = {
    idleTimeoutMs: 1_000,
    frameTimeoutMs: never,
    firstMessageTimeoutMs: never,
    writeStallMs: never,
    heartbeatMs: never,
  };
  const verdicts: CloseReason["kind"][] = [];
  const vitals: { -readonly [K in keyof Vitals]: Vitals[K] } = {
    bytesIn: 0,
    bytesSent: 0,
    unsentBytes: 0,
    frames: 0,
    frameBegun: false,
    untaken: false,
    busy: false,
    askable: false,
  };
  const watch = new Watch(new WatchPlan(clock, limits), {
    vitals,
    ask() {},
    overdue: ({ kind }) => verdicts.push(kind),
  });
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 100) clock.advance(100);
  };
  return { clock, watch, vitals, verdicts, pass };
}

describe("a watch", () => {
  it("says who is idle, at the earliest when the time is over and at the latest half of it and 400 ms later", () => {
    const { verdicts, pass } = watched();
    pass(900);
    expect(verdicts).toEqual([]);
    pass(1_000);
    expect(verdicts[0]).toBe("idle");
  });

  it("holds nothing against who could not be read while the event loop stood still", () => {
    const { clock, vitals, verdicts, pass } = watched();
    pass(600);
    vitals.bytesIn = 1;
    pass(400);
    clock.advance(1_500);
    // What had come meanwhile is read after the timers.
    vitals.bytesIn = 2;
    pass(800);
    expect(verdicts).toEqual([]);
    pass(1_000);
    expect(verdicts[0]).toBe("idle");
  });

  it("calls nobody idle whose work went on until after the event loop stood still", () => {
    const { clock, vitals, verdicts, pass } = watched();
    vitals.busy = true;
    clock.advance(1_500);
    vitals.busy = false;
    pass(800);
    expect(verdicts).toEqual([]);
    pass(1_000);
    expect(verdicts[0]).toBe("idle");
  });

  it("leaves no timer when it ends", () => {
    const { clock, watch, verdicts, pass } = watched();
    watch.end();
    expect(clock.timers).toBe(0);
    pass(5_000);
    expect(verdicts).toEqual([]);
  });
});
