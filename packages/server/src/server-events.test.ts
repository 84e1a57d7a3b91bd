import { describe, expect, it } from "vitest";
import { ServerEmitter } from "./server-events.ts";

describe("the server's events", () => {
  it("reach every subscriber in order", () => {
    const events = new ServerEmitter();
    const heard: string[] = [];
    events.on("listening", ({ address }) => heard.push(`one ${address}`));
    events.on("listening", ({ address }) => heard.push(`two ${address}`));
    events.tell("listening", { listener: "l1", address: "memory://here" });
    expect(heard).toEqual(["one memory://here", "two memory://here"]);
  });

  it("turn what a subscriber throws into an event, once", () => {
    const events = new ServerEmitter();
    const heard: unknown[] = [];
    const thrown = new Error("subscriber");
    events.on("draining", () => {
      throw thrown;
    });
    events.on("subscriber-error", (error) => heard.push(error));
    events.on("subscriber-error", () => {
      throw new Error("and again");
    });
    events.tell("draining", { graceMs: 1 });
    expect(heard).toEqual([{ event: "draining", error: thrown }]);
  });
});
