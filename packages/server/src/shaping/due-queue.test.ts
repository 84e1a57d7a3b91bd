import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DueItem, DueQueue } from "./due-queue.ts";

describe("a queue of what falls due", () => {
  it("has the first of those in it, whoever has come and gone", () => {
    const step = fc.record({ item: fc.nat(15), dueAt: fc.nat(20), leaves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new DueQueue<DueItem>();
        const items = Array.from({ length: 16 }, () => ({ dueAt: 0, place: -1 }));
        const inside = new Set<DueItem>();
        for (const { item: index, dueAt, leaves } of steps) {
          const item = items[index] as DueItem;
          if (leaves || inside.has(item)) {
            queue.delete(item);
            inside.delete(item);
          } else {
            queue.add(item, dueAt);
            inside.add(item);
          }
          const dues = [...inside].map((other) => other.dueAt);
          expect(queue.first?.dueAt).toBe(dues.length === 0 ? undefined : Math.min(...dues));
          for (const other of items) expect(other.place >= 0).toBe(inside.has(other));
        }
        let last = 0;
        for (let first = queue.first; first !== undefined; first = queue.first) {
          expect(first.dueAt).toBeGreaterThanOrEqual(last);
          last = first.dueAt;
          queue.delete(first);
          inside.delete(first);
        }
        expect(inside.size).toBe(0);
      }),
    );
  });
});
