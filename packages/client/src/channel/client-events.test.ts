import { describe, expect, it } from "vitest";
import { ClientEmitter } from "./client-events.ts";

describe("a client's emitter", () => {
  it("tells in order, once the step is through that it tells of", async () => {
    const events = new ClientEmitter();
    const heard: string[] = [];
    events.on("connecting", ({ address }) => {
      heard.push(address);
      if (address === "a") events.tell("connecting", { address: "c" });
    });
    events.tell("connecting", { address: "a" });
    events.tell("connecting", { address: "b" });
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual(["a", "b", "c"]);
    events.tell("connecting", { address: "d" });
    await Promise.resolve();
    expect(heard).toEqual(["a", "b", "c", "d"]);
  });

  it("tells what a subscriber throws, but not what that one's subscriber does", async () => {
    const events = new ClientEmitter();
    const errors: unknown[] = [];
    const fault = new Error("a subscriber's fault");
    events.on("connecting", () => {
      throw fault;
    });
    events.on("subscriber-error", (event) => {
      errors.push(event);
      throw new Error("another fault");
    });
    events.tell("connecting", { address: "a" });
    await Promise.resolve();
    expect(errors).toEqual([{ event: "connecting", error: fault }]);
  });
});
