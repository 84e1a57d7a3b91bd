import type { AnyHandler } from "@parley/core";
import { describe, expect, it } from "vitest";
import { echo } from "../src/index.ts";
import { deferred, stage } from "./stage.ts";

type TextHandler = AnyHandler<string>;

const failures: [string, TextHandler][] = [
  [
    "throws in open",
    {
      open() {
        throw new Error("secret");
      },
      message() {},
    },
  ],
  ["is rejected in open", { open: () => Promise.reject(new Error("secret")), message() {} }],
  [
    "throws in message",
    {
      message() {
        throw new Error("secret");
      },
    },
  ],
  [
    "throws after replying",
    {
      message(_, connection) {
        connection.send("reply");
        throw new Error("secret");
      },
    },
  ],
  ["is rejected in message", { message: () => Promise.reject(new Error("secret")) }],
  [
    "is rejected later",
    {
      async message() {
        await new Promise(setImmediate);
        throw new Error("secret");
      },
    },
  ],
  [
    "throws what is no Error",
    {
      message() {
        throw "secret";
      },
    },
  ],
  [
    "throws undefined",
    {
      message() {
        throw undefined;
      },
    },
  ],
  ["is rejected with null", { message: () => Promise.reject(null) }],
  [
    "throws in ended",
    {
      message() {},
      ended() {
        throw new Error("secret");
      },
    },
  ],
  [
    "is a function that throws",
    () => {
      throw new Error("secret");
    },
  ],
  ["is a function that is rejected", () => Promise.reject(new Error("secret"))],
  [
    "is a function that throws in its loop",
    async (connection) => {
      for await (const _ of connection) throw new Error("secret");
    },
  ],
  [
    "gives a thenable that fails at once",
    {
      message: () => ({
        then(_: unknown, reject?: ((error: unknown) => unknown) | null) {
          reject?.(new Error("secret"));
          return this as never;
        },
      }),
    },
  ],
];

describe("a handler that fails", () => {
  it.each(failures)("%s: harms its own connection only, and its text does not leak", async (_, failing) => {
    const good = echo<string>();
    let served = 0;
    const { told, untilTold, dial, server } = await stage({
      // The first connection has the handler that fails.
      handler: {
        open: (connection) => {
          if (++served > 1) return;
          if (typeof failing === "function") return failing(connection);
          return failing.open?.(connection);
        },
        message: (message, connection) =>
          connection.id === "c1" && typeof failing !== "function"
            ? failing.message(message, connection)
            : good.message(message, connection),
        ended: (connection) => {
          if (connection.id === "c1" && typeof failing !== "function" && failing.ended !== undefined)
            failing.ended(connection);
          else connection.end();
        },
      },
    });
    const bad = await dial();
    const other = await dial();
    bad.send("x\n");
    bad.stream.end();
    await bad.untilEnded();
    expect(bad.text).not.toContain("secret");
    await bad.untilClosed();
    await untilTold("closed c1 local handler-error");
    expect(told.filter((line) => line.startsWith("handler-error"))).toHaveLength(1);
    other.send("still here\n");
    await other.untilText("still here\n");
    const later = await dial();
    later.send("and new ones\n");
    await later.untilText("and new ones\n");
    expect(server.counters.serving).toBe(2);
  });

  it.each(failures.filter(([, handler]) => typeof handler === "function"))(
    "%s, as the handler itself",
    async (_, handler) => {
      const { untilTold, dial } = await stage({ handler });
      const caller = await dial();
      caller.send("x\n");
      await caller.untilEnded();
      expect(caller.text).toBe("");
      caller.stream.end();
      await untilTold("closed c1 local handler-error");
      await dial();
      await untilTold("serving c2");
    },
  );

  it("in closed is told, and the place is free all the same", async () => {
    const { told, untilTold, dial } = await stage({
      concurrency: 1,
      backlog: 1,
      handler: {
        message() {},
        closed() {
          throw new Error("late");
        },
      },
    });
    const first = await dial();
    await dial();
    first.stream.end();
    await untilTold("serving c2");
    expect(told).toEqual([
      "serving c1",
      "waiting c2",
      "handler-error c1 Error: late",
      "closed c1 remote ended",
      "serving c2",
    ]);
  });

  it("after its connection is closed is told as well", async () => {
    const going = deferred();
    const { untilTold, dial } = await stage({
      handler: {
        async message() {
          await going.promise;
          throw new Error("too late");
        },
      },
    });
    const caller = await dial();
    caller.send("x\n");
    await untilTold("serving c1");
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    caller.stream.destroy();
    await untilTold("closed c1 remote reset");
    going.resolve();
    await untilTold("handler-error c1 Error: too late");
  });
});
