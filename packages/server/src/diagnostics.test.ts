import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import { publish } from "./diagnostics.ts";
import { ServerEmitter } from "./server-events.ts";

const name = "parley.server.draining";

describe("the diagnostics channel of an event", () => {
  it("has its name and its very payload, of whatever server, for as long as somebody listens", () => {
    const heard: unknown[] = [];
    const hear = (payload: unknown): void => void heard.push(payload);
    const [one, other, late] = [{ graceMs: 1 }, { graceMs: 2 }, { graceMs: 3 }];
    publish("draining", late);
    subscribe(name, hear);
    try {
      new ServerEmitter().tell("draining", one);
      new ServerEmitter().tell("draining", other);
      publish("drained", late);
    } finally {
      unsubscribe(name, hear);
    }
    new ServerEmitter().tell("draining", late);
    expect(heard).toHaveLength(2);
    expect(heard[0]).toBe(one);
    expect(heard[1]).toBe(other);
    expect(channel(name).hasSubscribers).toBe(false);
  });

  it("is heard before a server's own subscribers, who may throw", () => {
    const heard: string[] = [];
    const hear = (): void => void heard.push("channel");
    const events = new ServerEmitter();
    events.on("draining", () => {
      heard.push("subscriber");
      throw new Error("subscriber");
    });
    subscribe(name, hear);
    try {
      events.tell("draining", { graceMs: 1 });
    } finally {
      unsubscribe(name, hear);
    }
    expect(heard).toEqual(["channel", "subscriber"]);
  });
});
