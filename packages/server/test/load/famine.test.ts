import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { beforeEach, describe, expect, it, type TestContext } from "vitest";
import { Caller } from "./caller.ts";
import type { FamineOrder, FamineTask, FamineTold } from "./famine-server.ts";
import { Program } from "./program.ts";

const hasPrlimit = spawnSync("prlimit", ["--version"]).status === 0;
const hasProc = existsSync("/proc/self/fd");

beforeEach(({ skip }: TestContext) => {
  if (!hasPrlimit) skip("prlimit is not there; install util-linux");
  if (!hasProc) skip("/proc is not there");
});

interface Famine {
  readonly program: Program<FamineOrder, FamineTold>;
  readonly port: number;
  readonly limit: number;
  readonly reserve: number;
}

/** A server that may have 64 descriptors. */
async function famine(options: Omit<FamineTask, "descriptors"> = {}): Promise<Famine> {
  const task: FamineTask = { descriptors: 64, ...options };
  const program = new Program<FamineOrder, FamineTold>("famine-server.ts", task);
  const { url, limit, reserve } = await program.next("ready");
  expect(limit).toBe(task.descriptors);
  return { program, port: Number(new URL(url).port), limit, reserve };
}

/** Calls until it is served; the server may not have seen yet that somebody has gone. */
async function callUntilServed(port: number): Promise<Caller> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const caller = new Caller(port);
    if (await caller.ask("hello")) return caller;
  }
  throw new Error("Nobody was served.");
}

describe("a server with 64 descriptors", () => {
  it("goes on serving whom it can while the others of 200 call again and again, says so once, and serves more once some have gone", async () => {
    const { program, port, limit, reserve } = await famine();
    const served: Caller[] = [];
    let refused = 0;
    const call = async (): Promise<boolean> => {
      const caller = new Caller(port);
      const isServed = await caller.ask("hello");
      if (isServed) served.push(caller);
      else {
        refused += 1;
        expect(caller).toMatchObject({ text: "", end: { code: expect.stringMatching(/ECONNRESET|EPIPE/) } });
      }
      return isServed;
    };
    const firstCalls = await Promise.all(Array.from({ length: 200 }, call));
    const places = served.length;
    expect(places).toBeGreaterThan(1);
    expect(places).toBeLessThanOrEqual(limit - reserve);
    const others = firstCalls.length - places;
    for (let round = 1; round <= 10; round++) {
      const again = await Promise.all([
        ...Array.from({ length: others }, call),
        ...served.map(async (caller) => !(await caller.ask(`round ${round}`))),
      ]);
      expect(again).not.toContain(true);
    }

    program.order({ do: "settle", accepted: places + refused, serving: places });
    const { counters, cpuUs } = await program.next("settled");
    expect(refused).toBe(11 * others);
    expect(counters).toMatchObject({ serving: places, waiting: 0, accepted: places + refused, refused });
    const { refusals } = counters;
    expect(refusals["descriptor-limit"] + refusals["connection-limit"]).toBe(refused);
    const [reached, ...more] = program.taken("limit-reached");
    expect(reached?.reason.kind).toMatch(/^(descriptor|connection)-limit$/);
    expect([...more, ...program.taken("limit-left")]).toEqual([]);
    console.log(`${places} places; ${(cpuUs / refused).toFixed(0)} µs of the processor for each refusal`);
    // Not time, but work: a server that spins while it is full needs many times that.
    expect(cpuUs / refused).toBeLessThan(5_000);

    const leaving = served.splice(0, Math.floor(places / 2));
    for (const caller of leaving) caller.finish();
    for (const caller of leaving) expect(await caller.untilEnd()).toEqual({ code: undefined });
    served.push(await callUntilServed(port));
    expect((await program.next("limit-left")).kind).toBe(reached?.reason.kind);
    for (const caller of served) expect(await caller.ask("still here")).toBe(true);
  });

  it("refuses who comes while the program's own files stand in the reserve, and no longer than that", async () => {
    const { program, port, limit, reserve } = await famine();
    const first = await callUntilServed(port);
    for (let episode = 1; episode <= 2; episode++) {
      // Half of the reserve is taken, half is left.
      program.order({ do: "open-files", below: limit - reserve / 2 });
      await program.next("opened");
      const callers = Array.from({ length: 20 }, () => new Caller(port));
      for (const caller of callers) expect(await caller.ask("hello")).toBe(false);
      expect(await first.ask("still here")).toBe(true);
      const { reason } = await program.next("limit-reached");
      expect(reason).toEqual({ by: "local", kind: "descriptor-limit", reserve });

      program.order({ do: "close-files" });
      await program.next("closed");
      expect(await new Caller(port).ask("hello")).toBe(true);
      expect((await program.next("limit-left")).kind).toBe("descriptor-limit");
      program.order({ do: "settle", accepted: 1 + 21 * episode, serving: 1 + episode });
      const { counters } = await program.next("settled");
      expect(counters).toMatchObject({ serving: 1 + episode, refused: 20 * episode });
      expect(counters.refusals["descriptor-limit"]).toBe(20 * episode);
      expect([...program.taken("limit-reached"), ...program.taken("limit-left")]).toEqual([]);
    }
  });

  it("outlives a program that has used up the reserve too: who comes then is lost in silence, who is served is not", async () => {
    const { program, port } = await famine();
    const first = await callUntilServed(port);
    program.order({ do: "open-files", below: Number.MAX_SAFE_INTEGER });
    await program.next("opened");
    const callers = Array.from({ length: 20 }, () => new Caller(port));
    for (const caller of callers) expect(await caller.ask("hello")).toBe(false);
    expect(await first.ask("still here")).toBe(true);
    program.order({ do: "close-files" });
    await program.next("closed");
    expect(await new Caller(port).ask("hello")).toBe(true);
    program.order({ do: "settle", accepted: 2, serving: 2 });
    expect((await program.next("settled")).counters).toMatchObject({ accepted: 2, refused: 0 });
  });

  it("has its counters and descriptors back where they were after 2,000 that connect and reset", async () => {
    const cycles = 2_000;
    // One that was not counted out would soon keep others out.
    const { program, port } = await famine({ maxConnections: 17, maxConnectionsPerAddress: 17 });
    (await callUntilServed(port)).finish();
    program.order({ do: "settle", accepted: 1, serving: 0 });
    const before = await program.next("settled");
    let begun = 0;
    const cycle = async (): Promise<void> => {
      while (begun < cycles) {
        const number = begun++;
        const caller = new Caller(port);
        if (number % 3 === 1) caller.send("never answered\n");
        if (number % 3 === 2) await caller.ask("answered");
        caller.reset();
        await caller.untilEnd();
      }
    };
    await Promise.all(Array.from({ length: 8 }, cycle));
    program.order({ do: "settle", accepted: 1 + cycles, serving: 0 });
    const after = await program.next("settled");
    expect(after.counters).toEqual({ ...before.counters, accepted: 1 + cycles });
    expect(after.descriptors).toEqual(before.descriptors);
    const last = Array.from({ length: 17 }, () => new Caller(port));
    for (const caller of last) expect(await caller.ask("hello")).toBe(true);
  });
});
