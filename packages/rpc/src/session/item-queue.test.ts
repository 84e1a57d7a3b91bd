import { describe, expect, it } from "vitest";
import { ItemQueue } from "./item-queue.ts";

function queue(window = 4) {
  const told: (number | "left")[] = [];
  const items = new ItemQueue<number>(
    { taken: (count) => void told.push(count), left: () => void told.push("left") },
    window,
  );
  return { items, told };
}

const end = { done: true, value: undefined };
const item = (value: number) => ({ done: false, value });

describe("a queue of items", () => {
  it("gives them in their order, to who waits and to who comes later", async () => {
    const { items } = queue();
    const waiting = [items.next(), items.next()];
    for (const n of [1, 2, 3]) items.push(n);
    expect(await Promise.all(waiting)).toEqual([item(1), item(2)]);
    expect(await items.next()).toEqual(item(3));
  });

  it.each([
    [1, [1, 1, 1, 1, 1, 1]],
    [2, [1, 1, 1, 1, 1, 1]],
    [4, [2, 2, 2]],
    [7, [3, 3]],
  ])("with a window of %d says how many were taken by halves of it", async (window, reports) => {
    const { items, told } = queue(window);
    for (let n = 0; n < 6; n += 1) {
      items.push(n);
      await items.next();
    }
    expect(told).toEqual(reports);
  });

  it("ends, once what is here is read, and says no more of what is taken", async () => {
    const { items, told } = queue();
    for (const n of [1, 2, 3]) items.push(n);
    items.end();
    items.push(4);
    const read: number[] = [];
    for await (const n of items) read.push(n);
    expect(read).toEqual([1, 2, 3]);
    expect(await items.next()).toEqual(end);
    expect(told).toEqual([]);
  });

  it("fails, once what is here is read, and only once", async () => {
    const { items } = queue();
    items.push(1);
    items.fail("why");
    items.end();
    items.fail("another");
    expect(await items.next()).toEqual(item(1));
    await expect(items.next()).rejects.toBe("why");
    expect(await items.next()).toEqual(end);
  });

  it("fails for the first that waits, and ends for the others", async () => {
    const { items } = queue();
    const waiting = [items.next(), items.next()];
    items.fail("why");
    expect(await Promise.allSettled(waiting)).toEqual([
      { status: "rejected", reason: "why" },
      { status: "fulfilled", value: end },
    ]);
    expect(await items.next()).toEqual(end);
  });

  it("that is left early tells its owner, once, and ends for who waits", async () => {
    const { items, told } = queue();
    const waiting = items.next();
    await items.return();
    await items[Symbol.asyncDispose]();
    items.push(1);
    expect([await waiting, await items.next()]).toEqual([end, end]);
    expect(told).toEqual(["left"]);
  });

  it("that is left after its end tells nobody", async () => {
    for (const finish of ["end", "fail"] as const) {
      const { items, told } = queue();
      items.push(1);
      items[finish]("why");
      await items.return();
      expect(await items.next()).toEqual(end);
      expect(told).toEqual([]);
    }
  });
});
