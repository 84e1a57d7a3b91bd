import { getEventListeners } from "node:events";
import { ParleyError } from "@parley/core";
import { manualClock } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import type { Link } from "./link.ts";
import { type WaitingParts, WaitingRoom } from "./waiting-room.ts";

const link = { name: "a link" } as unknown as Link;

function room(maxWaiting = 10) {
  const clock = manualClock();
  const waitingRoom = new WaitingRoom(clock, maxWaiting);
  /** What becomes of who waits. */
  const wait = (parts: Partial<WaitingParts> = {}) => {
    const waiting = waitingRoom.wait({ timeoutMs: 1_000, ...parts });
    const seen: { link?: Link; error?: unknown } = {};
    waiting.link.then(
      (value) => Object.assign(seen, { link: value }),
      (error: unknown) => Object.assign(seen, { error }),
    );
    return { waiting, seen };
  };
  return { clock, waitingRoom, wait };
}

describe("a waiting room", () => {
  it("lets everybody go on with the connection, and who comes while there is one at once", async () => {
    const { waitingRoom, wait, clock } = room();
    const early = wait();
    waitingRoom.open(link);
    const late = wait();
    await Promise.resolve();
    expect([early.seen, late.seen]).toEqual([{ link }, { link }]);
    waitingRoom.shut(new Error("lost"));
    const next = wait();
    await Promise.resolve();
    expect(next.seen).toEqual({});
    expect(waitingRoom.size).toBe(1);
    clock.advance(1_000);
    await Promise.resolve();
    expect(next.seen.error).toMatchObject({ code: "timeout", sent: false, cause: { message: "lost" } });
    expect(clock.pending).toBe(0);
  });

  it("keeps who is not to go on yet, with or without a connection", async () => {
    const { clock, waitingRoom, wait } = room();
    waitingRoom.open(link);
    const first = wait({ notBefore: 300 });
    const second = wait({ notBefore: 200, timeoutMs: Number.POSITIVE_INFINITY });
    clock.advance(199);
    await Promise.resolve();
    expect([first.seen, second.seen]).toEqual([{}, {}]);
    clock.advance(1);
    waitingRoom.shut(new Error("lost"));
    clock.advance(100);
    await Promise.resolve();
    expect([first.seen, second.seen]).toEqual([{}, { link }]);
    waitingRoom.open(link);
    await Promise.resolve();
    expect(first.seen).toEqual({ link });
  });

  it("counts a deadline from when the call was made", async () => {
    const { clock, wait } = room();
    clock.advance(500);
    const { seen } = wait({ timeoutMs: 900, deadline: 1_000, wasSent: true });
    clock.advance(500);
    await Promise.resolve();
    expect(seen.error).toMatchObject({ code: "timeout", sent: true, timeoutMs: 900 });
  });

  it("holds no more than it may", async () => {
    const { wait, waitingRoom } = room(1);
    const first = wait();
    const second = wait();
    await Promise.resolve();
    expect(first.seen).toEqual({});
    expect(second.seen.error).toMatchObject({ code: "unavailable" });
    waitingRoom.open(link);
    await Promise.resolve();
    expect(wait().seen).toEqual({});
    expect(waitingRoom.size).toBe(0);
  });

  it("lets go of a signal with who is gone", async () => {
    const { waitingRoom, wait } = room();
    const abort = new AbortController();
    const parts = { signal: abort.signal };
    wait(parts);
    waitingRoom.open(link);
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
    waitingRoom.shut(new Error("lost"));
    const { seen } = wait(parts);
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(1);
    abort.abort("enough");
    await Promise.resolve();
    expect(seen.error).toMatchObject({ code: "aborted", cause: "enough" });
    const { seen: later } = wait(parts);
    await Promise.resolve();
    expect(later.error).toMatchObject({ code: "aborted" });
  });

  it("rejects everybody once it is locked", async () => {
    const { clock, waitingRoom, wait } = room();
    const early = wait();
    const why = new ParleyError("closed", "It is over.");
    waitingRoom.lock(why);
    const late = wait();
    await Promise.resolve();
    expect([early.seen, late.seen]).toEqual([{ error: why }, { error: why }]);
    expect(clock.pending).toBe(0);
  });
});
