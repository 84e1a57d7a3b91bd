import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KeyMemoryLimits, RecentKeys } from "./key-memory.ts";
import type { Outcome } from "./wire.ts";

const ok: Outcome = { result: 1 };
const failed: Outcome = { error: { code: -32603, message: "no" } };
const overloaded: Outcome = { error: { code: -32001, message: "later", data: { retryAfterMs: 1 } } };

function memory(limits: Partial<KeyMemoryLimits> = {}) {
  const time = { now: 0 };
  const all = {
    keyMemoryMs: 100,
    maxKeys: 3,
    maxKeyBytes: 10_000,
    maxKeysPerPrincipal: Number.POSITIVE_INFINITY,
    ...limits,
  };
  const keys = new RecentKeys(all, () => time.now);
  const got: Outcome[] = [];
  const admit = (key: string, principal = "p") =>
    keys.admit(principal, key, (outcome) => void got.push(outcome));
  const settle = (key: string, outcome: Outcome = ok, principal = "p") =>
    keys.settle(principal, key, outcome);
  return { keys, time, got, admit, settle };
}

describe("a memory of keys", () => {
  it("has a request run once: a repetition joins it while it runs, and gets its outcome after", () => {
    const { got, admit, settle } = memory();
    expect([admit("k"), admit("k"), admit("k")]).toEqual(["run", "join", "join"]);
    expect(got).toEqual([]);
    settle("k", failed);
    expect(got).toEqual([failed, failed]);
    expect(admit("k")).toBe("join");
    expect(got).toEqual([failed, failed, failed]);
  });

  it("keeps the keys of principals apart", () => {
    const { admit } = memory({ maxKeys: 10 });
    expect([admit("k", "a"), admit("k", "b"), admit("1k", ""), admit("k", "1")]).toEqual(
      Array(4).fill("run"),
    );
  });

  it("forgets when an outcome is as old as keyMemoryMs, however long the request had run", () => {
    const { time, admit, settle } = memory();
    admit("k");
    time.now = 1_000;
    expect(admit("k")).toBe("join");
    settle("k");
    time.now = 1_099;
    expect(admit("k")).toBe("join");
    time.now = 1_100;
    expect(admit("k")).toBe("run");
  });

  it("runs nothing while outcomes take maxKeyBytes, until some are forgotten", () => {
    const { time, admit, settle } = memory({ maxKeys: 10, maxKeyBytes: 2_000 });
    const long: Outcome = { result: "x".repeat(1_000) };
    admit("a");
    settle("a", long);
    time.now = 50;
    admit("b");
    settle("b", long);
    expect([admit("c"), admit("a"), admit("b")]).toEqual(["unknown", "join", "join"]);
    time.now = 100;
    expect([admit("c"), admit("b")]).toEqual(["run", "join"]);
  });

  it("runs nothing while it is full, and forgets nothing early", () => {
    const { time, keys, admit, settle } = memory();
    expect([admit("a"), admit("b"), admit("c"), admit("d")]).toEqual(["run", "run", "run", "unknown"]);
    settle("a");
    settle("b");
    expect([admit("d"), admit("a"), admit("c")]).toEqual(["unknown", "join", "join"]);
    expect(keys.size).toBe(3);
    time.now = 100;
    expect([admit("d"), admit("c"), admit("e"), admit("f")]).toEqual(["run", "join", "run", "unknown"]);
  });

  it("gives each principal its share", () => {
    const { time, admit, settle } = memory({ maxKeysPerPrincipal: 1 });
    expect([admit("a"), admit("b"), admit("b", "q")]).toEqual(["run", "unknown", "run"]);
    settle("a");
    expect(admit("b")).toBe("unknown");
    time.now = 100;
    expect(admit("b")).toBe("run");
  });

  it("knows of a numbered key that it has forgotten it, and of those below", () => {
    const { time, admit, settle } = memory();
    for (const key of ["i:1", "i:3", "j:9"]) {
      admit(key);
      settle(key);
    }
    time.now = 100;
    expect([admit("i:3"), admit("i:1"), admit("i:2"), admit("i:4")]).toEqual([
      "unknown",
      "unknown",
      "unknown",
      "run",
    ]);
    expect([admit("i:3", "q"), admit("k:3")]).toEqual(["run", "run"]);
  });

  it("keeps the highest of those forgotten, in whatever order they are", () => {
    const { time, admit, settle } = memory();
    for (const key of ["i:9", "i:2"]) {
      admit(key);
      settle(key);
      time.now += 10;
    }
    time.now = 200;
    expect([admit("i:9"), admit("i:10")]).toEqual(["unknown", "run"]);
  });

  it.each(["plain", "i:", "i:01", "i:-1", "i:1.5", "i:1e3", "i:9007199254740993", "i: 1", "i"])(
    "takes %j as it is",
    (key) => {
      const { time, admit, settle } = memory();
      admit(key);
      settle(key);
      time.now = 100;
      expect(admit(key)).toBe("run");
    },
  );

  it("loses the number of the instance that was used longest ago when there are more than maxKeys", () => {
    const { time, admit, settle } = memory();
    for (const key of ["a:1", "b:1", "c:1", "d:1"]) {
      expect(admit(key)).toBe("run");
      settle(key);
      time.now += 100;
      if (key === "c:1") expect(admit("a:1")).toBe("unknown");
    }
    expect(admit("a:1")).toBe("unknown");
    expect(admit("b:1")).toBe("run");
  });

  it("does not remember what was not started, but tells those who wait", () => {
    const { keys, got, admit, settle } = memory();
    admit("i:5");
    admit("i:5");
    settle("i:5", overloaded);
    expect(got).toEqual([overloaded]);
    expect(keys.size).toBe(0);
    expect(admit("i:5")).toBe("run");
  });

  it("does not take names of an object's own for keys it has seen, nor overlong ones at all", () => {
    const { admit } = memory({ maxKeys: 10 });
    const names = ["__proto__", "constructor", "toString", "x".repeat(256)];
    for (const name of names) expect([admit(name, name), admit(name, name)]).toEqual(["run", "join"]);
    expect(admit("x".repeat(257))).toBe("unknown");
  });

  it("heeds no outcome but the one it waits for", () => {
    const { got, admit, settle } = memory();
    settle("k");
    admit("k");
    settle("k", failed);
    settle("k", ok);
    admit("k");
    expect(got).toEqual([failed]);
  });
});

type Step =
  | { readonly do: "admit" | "settle" | "decline"; readonly principal: string; readonly key: string }
  | { readonly do: "wait"; readonly ms: number };

function acting<What extends "admit" | "settle" | "decline">(what: What) {
  return fc.record({
    do: fc.constant(what),
    principal: fc.constantFrom("", "p"),
    key: fc.constantFrom("a", "__proto__", "i:1", "i:2", "i:3"),
  });
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: acting("admit") },
    { weight: 3, arbitrary: acting("settle") },
    { weight: 1, arbitrary: acting("decline") },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: 1, max: 60 }) }) },
  ),
  { maxLength: 60 },
);

interface Run {
  readonly principal: string;
  readonly key: string;
  /** Null while it goes on. */
  readonly end: { readonly outcome: Outcome; readonly at: number } | null;
}

/** What the memory promises, read off a list of all that was run. */
class Model {
  readonly #limits: KeyMemoryLimits;
  #runs: Run[] = [];

  constructor(limits: KeyMemoryLimits) {
    this.#limits = limits;
  }

  /** The verdict, with the outcome where it is there at once. */
  admit(principal: string, key: string, now: number): readonly unknown[] {
    const { keyMemoryMs, maxKeys, maxKeysPerPrincipal } = this.#limits;
    const known = this.#runs.filter(({ end }) => end === null || end.at + keyMemoryMs > now);
    const same = known.find((run) => run.principal === principal && run.key === key);
    if (same !== undefined) return ["join", same.end?.outcome];
    const own = known.filter((run) => run.principal === principal);
    if (known.length >= maxKeys || own.length >= maxKeysPerPrincipal) return ["unknown"];
    const forgotten = this.#runs.filter((run) => run.principal === principal && !own.includes(run));
    if (key.startsWith("i:") && forgotten.some((run) => run.key.startsWith("i:") && run.key >= key))
      return ["unknown"];
    this.#runs.push({ principal, key, end: null });
    return ["run"];
  }

  settle(principal: string, key: string, outcome: Outcome, now: number): void {
    this.#runs = this.#runs.flatMap((run) => {
      if (run.principal !== principal || run.key !== key || run.end !== null) return [run];
      return outcome === overloaded ? [] : [{ ...run, end: { outcome, at: now } }];
    });
  }
}

describe("any sequence of requests, ends and time", () => {
  it("has the verdicts and outcomes of the model", () => {
    const limits = fc.record({
      keyMemoryMs: fc.constantFrom(1, 50, 100),
      maxKeys: fc.integer({ min: 2, max: 5 }),
      maxKeyBytes: fc.constant(1_000_000),
      maxKeysPerPrincipal: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
    });
    fc.assert(
      fc.property(limits, steps, (chosen, sequence) => {
        let now = 0;
        const keys = new RecentKeys(chosen, () => now);
        const model = new Model(chosen);
        for (const [at, step] of sequence.entries()) {
          if (step.do === "wait") now += step.ms;
          else if (step.do === "admit") {
            const { principal, key } = step;
            const outcomes: Outcome[] = [];
            const verdict = keys.admit(principal, key, (outcome) => void outcomes.push(outcome));
            const [expected, ...expectedOutcomes] = model.admit(principal, key, now);
            expect([verdict, outcomes]).toEqual([
              expected,
              expectedOutcomes.filter((each) => each !== undefined),
            ]);
            expect(keys.size).toBeLessThanOrEqual(chosen.maxKeys);
          } else {
            const outcome = step.do === "settle" ? { result: at } : overloaded;
            keys.settle(step.principal, step.key, outcome);
            model.settle(step.principal, step.key, outcome, now);
          }
        }
      }),
    );
  });

  it("tells everybody who waits, once", () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const { keys } = memory({ maxKeys: 10 });
        const waiting = new Map<string, number>();
        for (const step of sequence) {
          if (step.do === "wait") continue;
          const name = `${step.principal} ${step.key}`;
          if (step.do === "admit") {
            const left = () => void waiting.set(name, (waiting.get(name) ?? 0) - 1);
            const verdict = keys.admit(step.principal, step.key, left);
            if (verdict === "join") waiting.set(name, (waiting.get(name) ?? 0) + 1);
          } else {
            keys.settle(step.principal, step.key, ok);
            expect(waiting.get(name) ?? 0).toBe(0);
          }
        }
      }),
    );
  });
});
