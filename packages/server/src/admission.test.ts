import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Admission } from "./admission.ts";
import type { Enrolled } from "./roster.ts";

class Caller implements Enrolled {
  readonly name: string;
  leaving = false;
  before: Enrolled | null = null;
  behind: Enrolled | null = null;

  constructor(name: string) {
    this.name = name;
  }
}

const isLeaving = ({ leaving }: Caller): boolean => leaving;
const names = (callers: Iterable<Caller>): string[] => [...callers].map(({ name }) => name);
const callers = (...all: string[]): Caller[] => all.map((name) => new Caller(name));

describe("admission", () => {
  it("serves, lets wait, refuses, in this order", () => {
    const admission = new Admission<Caller>(2, 2);
    expect(callers("a", "b", "c", "d", "e").map((newcomer) => admission.arrive(newcomer))).toEqual([
      "serve",
      "serve",
      "wait",
      "wait",
      "refuse",
    ]);
    expect(names(admission.serving)).toEqual(["a", "b"]);
    expect(names(admission.waiting)).toEqual(["c", "d"]);
  });

  it("promotes nobody while nothing is free, and then whoever came first", () => {
    const admission = new Admission<Caller>(1, 2);
    const [a, b, c] = callers("a", "b", "c") as [Caller, Caller, Caller];
    for (const newcomer of [a, b, c]) admission.arrive(newcomer);
    expect(admission.promote(isLeaving)).toBeUndefined();
    expect(admission.leave(a)).toBe("serving");
    expect(admission.promote(isLeaving)).toBe(b);
    expect(admission.promote(isLeaving)).toBeUndefined();
    expect(admission.leave(c)).toBe("waiting");
    expect(admission.leave(c)).toBe("neither");
    expect(admission.leave(b)).toBe("serving");
    expect(admission.promote(isLeaving)).toBeUndefined();
  });

  it("has no backlog if there is none", () => {
    const admission = new Admission<Caller>(1, 0);
    expect(callers("a", "b").map((newcomer) => admission.arrive(newcomer))).toEqual(["serve", "refuse"]);
  });

  it("behaves as its model, whatever comes in whatever order", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 4 }),
        // Of its own accord fast-check makes few commands.
        fc.commands(
          [
            fc.constant(new Arrive()),
            fc.nat(12).map((which) => new Leave(which)),
            fc.nat(12).map((which) => new GetUp(which)),
            fc.constant(new Promote()),
          ],
          { maxCommands: 40, size: "max" },
        ),
        (concurrency, backlog, commands) => {
          const setup = () => ({
            model: { concurrency, backlog, serving: [], waiting: [], arrived: [] },
            real: new Admission<Caller>(concurrency, backlog),
          });
          fc.modelRun(setup, commands);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Admission as one would draw it: two queues, looked at from the outside. */
interface Model {
  readonly concurrency: number;
  readonly backlog: number;
  serving: Caller[];
  waiting: Caller[];
  readonly arrived: Caller[];
}

type Real = Admission<Caller>;

function compare(model: Model, real: Real): void {
  expect(names(real.serving)).toEqual(names(model.serving));
  expect(names(real.waiting)).toEqual(names(model.waiting));
  expect(real.serving.size).toBeLessThanOrEqual(model.concurrency);
  expect(real.waiting.size).toBeLessThanOrEqual(model.backlog);
}

class Arrive implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    const newcomer = new Caller(`${model.arrived.length}`);
    model.arrived.push(newcomer);
    const verdict = real.arrive(newcomer);
    if (model.serving.length < model.concurrency) {
      model.serving.push(newcomer);
      expect(verdict).toBe("serve");
    } else if (model.waiting.length < model.backlog) {
      model.waiting.push(newcomer);
      expect(verdict).toBe("wait");
    } else expect(verdict).toBe("refuse");
    compare(model, real);
  }

  toString(): string {
    return "arrive";
  }
}

class Leave implements fc.Command<Model, Real> {
  readonly #which: number;

  constructor(which: number) {
    this.#which = which;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    const leaver = model.arrived[this.#which] ?? new Caller("nobody");
    const place = model.serving.includes(leaver)
      ? "serving"
      : model.waiting.includes(leaver)
        ? "waiting"
        : "neither";
    expect(real.leave(leaver)).toBe(place);
    model.serving = model.serving.filter((other) => other !== leaver);
    model.waiting = model.waiting.filter((other) => other !== leaver);
    compare(model, real);
  }

  toString(): string {
    return `leave ${this.#which}`;
  }
}

/** Somebody is on the way out, and not gone yet. */
class GetUp implements fc.Command<Model, Real> {
  readonly #which: number;

  constructor(which: number) {
    this.#which = which;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    const caller = model.arrived[this.#which];
    if (caller !== undefined) caller.leaving = true;
    compare(model, real);
  }

  toString(): string {
    return `get up ${this.#which}`;
  }
}

class Promote implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    const free = model.serving.length < model.concurrency;
    const next = free ? model.waiting.find(({ leaving }) => !leaving) : undefined;
    expect(real.promote(isLeaving)).toBe(next);
    model.waiting = model.waiting.filter((other) => other !== next);
    if (next !== undefined) model.serving.push(next);
    compare(model, real);
  }

  toString(): string {
    return "promote";
  }
}
