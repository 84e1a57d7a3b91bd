import { describe, expect, it } from "vitest";
import { memoryPair } from "./memory-stream.ts";
import { recordStream } from "./recorded-stream.ts";

describe("a recorded stream", () => {
  it("tells whoever waits as soon as it has come to that", async () => {
    const { near, far } = memoryPair();
    const [one, other] = [recordStream(near), recordStream(far)];
    one.send("日本");
    const seen = await other.untilText("日");
    expect([seen.text, seen.length, [...seen.bytes].length]).toEqual(["日本", 6, 6]);
    one.stream.end();
    await other.untilEnded();
    other.stream.end();
    await Promise.all([one.untilClosed(), other.untilClosed()]);
    expect(other.end).toEqual({ error: undefined });
  });

  it("throws at a report that breaks the port's promises", () => {
    const stream = recordStream(memoryPair().near);
    stream.ended();
    expect(() => stream.ended()).toThrow("twice");
    expect(() => stream.received(new Uint8Array(1))).toThrow("behind ended()");
    stream.closed();
    for (const report of ["ended", "drained", "closed"] as const)
      expect(() => stream[report]()).toThrow("behind closed()");
  });
});
