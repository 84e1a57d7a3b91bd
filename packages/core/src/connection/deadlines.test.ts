import { describe, expect, it } from "vitest";
import { type DeadlineLimits, Deadlines, lookEveryMs, type Vitals } from "./deadlines.ts";

const never = Number.POSITIVE_INFINITY;
const none: DeadlineLimits = {
  idleTimeoutMs: never,
  frameTimeoutMs: never,
  firstMessageTimeoutMs: never,
  writeStallMs: never,
  heartbeatMs: never,
};
const still: Vitals = {
  bytesIn: 0,
  bytesSent: 0,
  unsentBytes: 0,
  frames: 0,
  frameBegun: false,
  untaken: false,
  busy: false,
  askable: true,
};

type Look = readonly [at: number, seen: Partial<Vitals>];

/** Looks at those moments, each with what has changed since the one before; answers the verdicts, by kind. */
function looks(limits: Partial<DeadlineLimits>, ...seen: readonly Look[]): (string | null)[] {
  const deadlines = new Deadlines(0);
  let vitals = still;
  return seen.map(([at, change]) => {
    vitals = { ...vitals, ...change };
    const verdict = deadlines.look({ ...none, ...limits }, vitals, at);
    return verdict === null || verdict === "heartbeat" ? verdict : verdict.kind;
  });
}

describe("the deadlines of a connection", () => {
  it("are looked at every quarter of the shortest, and not at all if there is none", () => {
    expect(lookEveryMs({ ...none, idleTimeoutMs: 60_000, frameTimeoutMs: 10_000 })).toBe(2_500);
    expect(lookEveryMs(none)).toBe(never);
    expect(looks({}, [1e9, { frameBegun: true, bytesIn: 1, unsentBytes: 1 }])).toEqual([null]);
  });

  it("end who is idle: no byte either way, no message at work", () => {
    const limits = { idleTimeoutMs: 1_000 };
    expect(looks(limits, [999, {}], [1_000, {}])).toEqual([null, "idle"]);
    expect(looks(limits, [900, { bytesIn: 1, frames: 1 }], [1_899, {}], [1_900, {}])).toEqual([
      null,
      null,
      "idle",
    ]);
    expect(looks(limits, [900, { bytesSent: 1 }], [1_899, {}], [1_900, {}])).toEqual([null, null, "idle"]);
  });

  it("count from when it is seen that no message is at work any more: it may have been until then", () => {
    const limits = { idleTimeoutMs: 1_000, heartbeatMs: 600 };
    const seen: Look[] = [
      [5_000, { busy: true }],
      [5_599, { busy: false }],
      [6_198, {}],
      [6_199, {}],
      [6_599, {}],
    ];
    expect(looks(limits, ...seen)).toEqual([null, null, null, "heartbeat", "idle"]);
  });

  it("end a frame that is not completed in time, however its bytes trickle in", () => {
    const drip = Array.from(
      { length: 10 },
      (_, index): Look => [(index + 1) * 100, { bytesIn: index + 1, frameBegun: true }],
    );
    expect(looks({ frameTimeoutMs: 900 }, ...drip)).toEqual([...Array(9).fill(null), "frame-timeout"]);
    expect(looks({ frameTimeoutMs: 900 }, [100, { bytesIn: 3, frameBegun: true }], [1_000, {}])).toEqual([
      null,
      "frame-timeout",
    ]);
  });

  it("begin a frame's time anew with each frame, and while this side is busy", () => {
    const limits = { frameTimeoutMs: 1_000 };
    const each = Array.from(
      { length: 20 },
      (_, index): Look => [index * 500, { bytesIn: index * 7, frames: index, frameBegun: true }],
    );
    expect(looks(limits, ...each)).toEqual(Array(20).fill(null));
    expect(
      looks(
        limits,
        [100, { bytesIn: 3, frames: 1, frameBegun: true, busy: true }],
        [5_000, {}],
        [5_999, { busy: false }],
        [6_998, {}],
        [6_999, {}],
      ),
    ).toEqual([null, null, null, null, "frame-timeout"]);
  });

  it("do not count what comes before anybody takes messages", () => {
    const limits = { frameTimeoutMs: 1_000, firstMessageTimeoutMs: 3_000 };
    const drip = Array.from(
      { length: 9 },
      (_, index): Look => [index * 900, { bytesIn: index + 1, untaken: true }],
    );
    expect(looks(limits, ...drip, [9_000, { untaken: false, frames: 9 }], [20_000, {}])).toEqual(
      Array(11).fill(null),
    );
  });

  it("end who makes no frame of what it sends: one that is passed over, blanks without end", () => {
    const limits = { frameTimeoutMs: 1_000 };
    const drip = Array.from({ length: 5 }, (_, index): Look => [index * 300, { bytesIn: index + 1 }]);
    expect(looks(limits, ...drip)).toEqual([null, null, null, null, "frame-timeout"]);
    // A blank, and then nothing: that is no frame.
    expect(looks(limits, [100, { bytesIn: 1 }], [9_000, {}])).toEqual([null, null]);
  });

  it("end who sends no first message", () => {
    const limits = { firstMessageTimeoutMs: 1_000 };
    expect(looks(limits, [999, { bytesIn: 5 }], [1_000, {}])).toEqual([null, "first-message-timeout"]);
    expect(looks(limits, [999, { frames: 1 }], [9_000, {}])).toEqual([null, null]);
  });

  it("end who takes nothing of what is to be sent, but not who takes it slowly", () => {
    const limits = { writeStallMs: 1_000 };
    // It may have been written just before it was seen.
    expect(looks(limits, [500, {}], [600, { unsentBytes: 9 }], [1_599, {}], [1_600, {}])).toEqual([
      null,
      null,
      null,
      "write-stall",
    ]);
    const slow = Array.from(
      { length: 20 },
      (_, index): Look => [index * 900, { unsentBytes: 100 - index, bytesSent: index }],
    );
    expect(looks({ ...limits, idleTimeoutMs: 1_000 }, ...slow)).toEqual(Array(20).fill(null));
  });

  it("ask once for a sign of life, and give up after as long again", () => {
    const limits = { heartbeatMs: 1_000 };
    expect(looks(limits, [999, {}], [1_000, {}], [1_500, {}], [1_999, {}], [2_000, {}])).toEqual([
      null,
      "heartbeat",
      null,
      null,
      "unresponsive",
    ]);
    expect(looks(limits, [1_000, {}], [1_900, { bytesIn: 1 }], [2_899, {}], [2_900, {}])).toEqual([
      "heartbeat",
      null,
      null,
      "heartbeat",
    ]);
    for (const excuse of [{ busy: true }, { askable: false }]) {
      const over = { busy: false, askable: true };
      const seen: Look[] = [
        [5_000, excuse],
        [9_000, {}],
        [9_999, over],
        [10_998, {}],
        [10_999, {}],
      ];
      expect(looks(limits, ...seen)).toEqual([null, null, null, null, "heartbeat"]);
    }
  });
});
