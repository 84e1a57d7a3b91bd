import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { type Abortable, AbortWatch } from "./abort-watch.ts";

function watching() {
  const aborted: Abortable[] = [];
  return { aborted, watch: new AbortWatch<Abortable>((item) => aborted.push(item)) };
}

describe("AbortWatch", () => {
  it("listens once to a signal that many share, and no longer than it must", () => {
    const { watch } = watching();
    const { signal } = new AbortController();
    const items = [{ signal }, { signal }, { signal }];
    for (const item of items) watch.add(item);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    for (const item of items) {
      expect(getEventListeners(signal, "abort")).toHaveLength(1);
      watch.delete(item);
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("tells in order of those whose signal aborts, and of no others", () => {
    const { watch, aborted } = watching();
    const [one, two] = [new AbortController(), new AbortController()];
    const items = [one, two, one].map(({ signal }) => ({ signal }));
    for (const item of items) watch.add(item);
    watch.add({ signal: undefined });
    one.abort();
    expect(aborted).toEqual([items[0], items[2]]);
    two.abort();
    expect(aborted).toEqual([items[0], items[2], items[1]]);
  });

  it("bears that those told of take themselves out", () => {
    const controller = new AbortController();
    const { signal } = controller;
    let told = 0;
    const watch = new AbortWatch<Abortable>((item) => {
      told += 1;
      watch.delete(item);
    });
    for (let count = 0; count < 3; count++) watch.add({ signal });
    controller.abort();
    expect(told).toBe(3);
  });
});
