import { describe, expect, it } from "vitest";
import { deferred, stage } from "../../test/stage.ts";
import { discard } from "./discard.ts";

describe("discard", () => {
  it("reads everything and answers nothing", async () => {
    const counters = deferred<() => number>();
    const { server, untilTold, dial } = await stage({ handler: discard() });
    server.events.on("serving", ({ connection }) => counters.resolve(() => connection.counters.messagesIn));
    const caller = await dial();
    const messagesIn = await counters.promise;
    caller.send("x\n".repeat(100_000));
    caller.stream.end();
    await untilTold("closed c1 remote ended");
    expect([messagesIn(), caller.length]).toEqual([100_000, 0]);
  });
});
