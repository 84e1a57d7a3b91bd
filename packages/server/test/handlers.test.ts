import { byteFrames, type Connection, type ParleyError } from "@parley/core";
import { createMemoryNetwork, manualClock, recordStream } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { createServer, echo } from "../src/index.ts";
import { deferred, stage } from "./stage.ts";

describe("a handler of callbacks", () => {
  it("is told of a connection's life in order, once each", async () => {
    const log: string[] = [];
    const closed = deferred();
    const { dial } = await stage({
      handler: {
        open: ({ state }) => void log.push(`open ${state}`),
        message: (message) => void log.push(`message ${message}`),
        ended(connection) {
          log.push(`ended ${connection.state}`);
          connection.send("bye");
          connection.end();
        },
        closed({ state }, reason) {
          log.push(`closed ${state} ${reason.by} ${reason.kind}`);
          closed.resolve();
        },
      },
    });
    const caller = await dial();
    caller.send("a\nb");
    caller.stream.end();
    await caller.untilClosed();
    await closed.promise;
    expect(caller.text).toBe("bye\n");
    expect(log).toEqual([
      "open open",
      "message a",
      "message b",
      "ended remote-ended",
      "closed closed remote ended",
    ]);
  });

  it("has one message at a time while its promise is pending", async () => {
    const first = deferred();
    const log: string[] = [];
    const { dial } = await stage({
      handler: {
        async message(message, connection) {
          log.push(`begin ${message}`);
          if (message === "a") await first.promise;
          log.push(`end ${message}`);
          connection.send(message);
        },
      },
    });
    const caller = await dial();
    caller.send("a\nb\nc\n");
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(log).toEqual(["begin a"]);
    first.resolve();
    await caller.untilText("a\nb\nc\n");
    expect(log).toEqual(["begin a", "end a", "begin b", "end b", "begin c", "end c"]);
  });

  it("gets no message before its open is through", async () => {
    const opened = deferred();
    const log: string[] = [];
    const { dial } = await stage({
      handler: {
        async open() {
          await opened.promise;
          log.push("opened");
        },
        message(message, connection) {
          log.push(message);
          connection.send(message);
        },
      },
    });
    const caller = await dial();
    caller.send("a\n");
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(log).toEqual([]);
    opened.resolve();
    await caller.untilText("a\n");
    expect(log).toEqual(["opened", "a"]);
  });

  it("keeps what is its own in the connection's data", async () => {
    const { dial } = await stage({
      handler: {
        open: (connection) => void (connection.data = 0),
        message(_, connection) {
          connection.data = (connection.data as number) + 1;
          connection.send(`${connection.id} ${String(connection.data)}`);
        },
      },
    });
    const [one, other] = [await dial(), await dial()];
    one.send("x\nx\n");
    other.send("x\n");
    await one.untilText("c1 1\nc1 2\n");
    await other.untilText("c2 1\n");
  });
});

describe("a handler of one function", () => {
  const greet = async (connection: Connection<string>): Promise<void> => {
    connection.send("who is there?");
    for await (const line of connection) {
      if (line === "quit") return;
      connection.send(`hello ${line}`);
    }
  };

  it("iterates over the messages, and closes the connection when it is through", async () => {
    const { untilTold, dial } = await stage({ handler: greet });
    const caller = await dial();
    caller.send("a\nb\nquit\nnever read\n");
    await caller.untilEnded();
    expect(caller.text).toBe("who is there?\nhello a\nhello b\n");
    caller.stream.end();
    await caller.untilClosed();
    await untilTold("closed c1 local ended");
  });

  it("leaves its loop with the other side's FIN", async () => {
    const { untilTold, dial } = await stage({ handler: greet });
    const caller = await dial();
    caller.send("a\nb");
    caller.stream.end();
    await caller.untilClosed();
    expect(caller.text).toBe("who is there?\nhello a\nhello b\n");
    await untilTold("closed c1 remote ended");
  });

  it("has its loop thrown out of by a reset, without that being its fault", async () => {
    const thrown = deferred<unknown>();
    const { told, untilTold, dial } = await stage({
      async handler(connection) {
        try {
          for await (const _ of connection);
        } catch (error) {
          thrown.resolve(error);
          throw error;
        }
      },
    });
    (await dial()).stream.destroy();
    await untilTold("closed c1 remote reset");
    expect(await thrown.promise).toMatchObject({ code: "closed", reason: { kind: "reset" } });
    await new Promise(setImmediate);
    expect(told).toEqual(["serving c1", "closed c1 remote reset"]);
  });
});

describe("input that the codec does not speak", () => {
  it("ends its own connection only, with the limit and what came", async () => {
    const network = createMemoryNetwork();
    const server = createServer({
      codec: byteFrames({ maxFrameBytes: 4 }),
      handler: echo(),
      clock: manualClock(),
    });
    const reason = deferred<unknown>();
    server.events.once("closed", (event) => reason.resolve(event.reason));
    await server.listen(network.listener("frames"));
    const [bad, good] = [
      recordStream(await network.dial("frames")()),
      recordStream(await network.dial("frames")()),
    ];
    bad.stream.write(Uint8Array.of(0, 0, 0, 5));
    await bad.untilEnded();
    bad.stream.end();
    expect(await reason.promise).toEqual({ by: "local", kind: "frame-too-long", limit: 4, actual: 5 });
    good.stream.write(Uint8Array.of(0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0));
    await good.until(({ length }) => length === 12);
    expect([...good.bytes]).toEqual([0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0]);
    good.stream.end();
    await good.untilClosed();
    await server.close();
  });
});

describe("echo", () => {
  it("sends every message back", async () => {
    const { dial } = await stage({ handler: echo() });
    const caller = await dial();
    caller.send("a\r\nb\n\n日本");
    caller.stream.end();
    await caller.untilClosed();
    expect(caller.text).toBe("a\nb\n\n日本\n");
  });
});

describe("events", () => {
  it("go on when a subscriber throws, and so does the server", async () => {
    const { server, told, untilTold, dial } = await stage();
    for (const event of ["serving", "closed"] as const) {
      server.events.on(event, () => {
        throw new Error(`in ${event}`);
      });
    }
    const caller = await dial();
    caller.send("x\n");
    await caller.untilText("x\n");
    caller.stream.end();
    await untilTold("closed c1 remote ended");
    expect(told).toContain("subscriber-error serving Error: in serving");
    await untilTold("subscriber-error closed Error: in closed");
    const second = await dial();
    second.send("y\n");
    await second.untilText("y\n");
  });

  it("carry the error that a handler has thrown, as it was", async () => {
    const thrown = { not: "an error" };
    const heard = deferred<unknown>();
    const { server, dial } = await stage({
      handler: {
        message() {
          throw thrown;
        },
      },
    });
    server.events.on("handler-error", ({ error }) => heard.resolve(error));
    (await dial()).send("x\n");
    expect(await heard.promise).toBe(thrown);
  });
});

describe("a connection that is closed", () => {
  it("says so to who sends, with the reason", async () => {
    const failed = deferred<ParleyError>();
    const { dial } = await stage({
      handler: {
        message() {},
        closed(connection) {
          try {
            connection.send("too late");
          } catch (error) {
            failed.resolve(error as ParleyError);
          }
        },
      },
    });
    (await dial()).stream.destroy();
    expect(await failed.promise).toMatchObject({
      code: "closed",
      blame: "remote",
      message: "The connection is closed: the connection was lost (ECONNRESET).",
    });
  });
});
