import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { nextTurn } from "./next-turn.ts";

let nowMs = 0;
beforeEach(() => {
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs tasks that take `taskMs` each, and resolves with how many ran in each turn of the event loop. */
function turnsOf(tasks: number, taskMs: number): Promise<number[]> {
  const turns: number[] = [];
  let ran = 0;
  let ranInTurn = 0;
  for (let task = 0; task < tasks; task++) {
    nextTurn(() => {
      ran++;
      ranInTurn++;
      nowMs += taskMs;
    });
  }
  return new Promise((resolve) => {
    setImmediate(function turn() {
      turns.push(ranInTurn);
      ranInTurn = 0;
      if (ran < tasks) setImmediate(turn);
      else resolve(turns);
    });
  });
}

it("gives each of many long tasks a turn of its own", async () => {
  const turns = await turnsOf(50, 6);
  expect(turns.length).toBeGreaterThan(40);
  expect(turns.slice(-40)).toEqual(Array(40).fill(1));
});

it("gives many short tasks few turns, and a long turn half as many tasks as the one before", async () => {
  expect((await turnsOf(1_000, 0)).length).toBeLessThan(20);
  const turns = await turnsOf(3_000, 1);
  expect(turns.slice(-20).every((count) => count <= 8)).toBe(true);
});

it("keeps the order, and gives what a task asks for a later turn", async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    nextTurn(() => {
      order.push("first");
      setImmediate(() => order.push("turn"));
      nextTurn(() => {
        order.push("asked by the first");
        resolve();
      });
    });
    nextTurn(() => order.push("second"));
  });
  expect(order.filter((what) => what !== "turn")).toEqual(["first", "second", "asked by the first"]);
  expect(order.indexOf("turn")).toBeLessThan(order.indexOf("asked by the first"));
});
