import { ParleyError, TimeoutError } from "@parley/core";
import { ConnectionLostError, RpcError, rpcCodes, UnavailableError } from "@parley/rpc";
import { describe, expect, it } from "vitest";
import { type FailedAttempt, retryDelayMs } from "./retry.ts";

const attempt: FailedAttempt = {
  repeatable: false,
  attempts: 1,
  maxAttempts: 4,
  remainingMs: 1_000,
  linkIsCurrent: true,
  jitterMs: 7,
};
const lost = new ConnectionLostError(true, undefined);
const unsent = new ConnectionLostError(false, undefined);
const busy = new UnavailableError(rpcCodes.overloaded, "busy", 300, "remote");

describe("whether a call is made again", () => {
  it.each<[string, unknown, Partial<FailedAttempt>, number | null]>([
    ["lost once it was sent: no", lost, {}, null],
    ["lost, but repeatable: at once", lost, { repeatable: true }, 0],
    ["lost for the last time", lost, { repeatable: true, attempts: 4 }, null],
    ["lost when the time is up", lost, { repeatable: true, remainingMs: 0 }, null],
    ["never sent: at once", unsent, {}, 0],
    ["never sent, and that counts for nothing", unsent, { attempts: 4 }, 0],
    ["unavailable: after what was asked for, and some jitter", busy, {}, 307],
    ["unavailable, and another server is there now: no need to wait", busy, { linkIsCurrent: false }, 7],
    ["unavailable for the last time", busy, { attempts: 4 }, null],
    ["unavailable for longer than there is time", busy, { remainingMs: 307 }, null],
    ["unavailable for nearly as long", busy, { remainingMs: 308 }, 307],
    ["an error of the method", new RpcError(1, "no", undefined, "remote"), { repeatable: true }, null],
    ["a key that is not known any more", new RpcError(rpcCodes.keyUnknown, "no"), { repeatable: true }, null],
    ["a deadline", new TimeoutError(5, true), { repeatable: true }, null],
    ["a wish", new ParleyError("aborted", "no"), { repeatable: true }, null],
    ["no error of ours", new Error("no"), { repeatable: true }, null],
  ])("%s", (_, error, given, delayMs) => {
    expect(retryDelayMs(error, { ...attempt, ...given })).toBe(delayMs);
  });
});
