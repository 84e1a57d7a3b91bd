import { byteFrames, type Connection, textLines } from "@parley/core";
import { createMemoryNetwork, manualClock, recordStream } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { describe, expect, it } from "vitest";
import { createServer, echo } from "../src/index.ts";
import { deferred, stage } from "./stage.ts";

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

describe("a client that sends and never reads", () => {
  it.each(["callbacks", "function"] as const)("is not read any further: %s", async (form) => {
    const capacityBytes = 16 * 1024;
    const { server, dial } = await stage(
      {
        handler:
          form === "callbacks"
            ? echo()
            : async (connection) => {
                for await (const line of connection) connection.send(line);
              },
      },
      { capacityBytes },
    );
    const counters = deferred<() => { bytesIn: number; bufferedBytes: number }>();
    server.events.on("serving", ({ connection }) => counters.resolve(() => connection.counters));
    const caller = await dial();
    caller.stream.pause();
    const line = `${"x".repeat(999)}\n`;
    let written = 0;
    while (caller.send(line)) {
      written += line.length;
      await turns(2);
      expect(written).toBeLessThan(10_000_000);
    }
    await turns();
    const { bytesIn, bufferedBytes } = (await counters.promise)();
    // What was answered fills the watermark and the way back; what is read beyond is bounded too.
    expect(bufferedBytes).toBeLessThanOrEqual(64 * 1024 + 2 * capacityBytes);
    expect(bytesIn).toBeLessThanOrEqual(2 * 64 * 1024 + 4 * capacityBytes);
    const other = await dial();
    other.send("served all the same\n");
    await other.untilText("served all the same\n");
    caller.stream.resume();
    await caller.until(({ length }) => length === written + line.length);
  });

  it("costs a bounded amount of memory over a real socket", async () => {
    await using server = createServer({ codec: byteFrames(), handler: echo() });
    const [address] = await server.listen("tcp://127.0.0.1:0");
    const counters = deferred<() => { bytesIn: number; bytesOut: number; bufferedBytes: number }>();
    server.events.on("serving", ({ connection }) => counters.resolve(() => connection.counters));
    const caller = recordStream(await socketDial(address as string)());
    caller.stream.pause();
    const frame = new Uint8Array(4 + 1_000_000);
    new DataView(frame.buffer).setUint32(0, 1_000_000);
    const read = await counters.promise;
    let last = -1;
    caller.stream.write(frame);
    while (read().bytesIn > last) {
      last = read().bytesIn;
      for (let turn = 0; turn < 200 && read().bytesIn === last; turn++) {
        if (caller.drains > 0) {
          caller.drains = 0;
          caller.stream.write(frame);
        }
        await turns(1);
      }
    }
    expect(read().bufferedBytes).toBeLessThanOrEqual(2 * 1024 * 1024);
    // What is neither answered nor waiting to be is the frame at work and what is read ahead.
    expect(read().bytesIn - read().bytesOut).toBeLessThanOrEqual(1024 * 1024 + 3 * 64 * 1024);
    caller.stream.destroy();
    await caller.untilClosed();
  });
});

describe("a consumer that is too slow", () => {
  it("is cut at its limit, and is the only one cut", async () => {
    const { server, told, dial } = await stage(
      {
        maxBufferedBytes: 1024 * 1024,
        codec: textLines({ maxFrameBytes: 1024 }),
        handler: {
          message(message, connection) {
            if (message !== "flood") return void connection.send(message);
            const line = "x".repeat(1_000);
            while (connection.state === "open") connection.send(line);
          },
        },
      },
      { capacityBytes: 1024 },
    );
    const reason = deferred<unknown>();
    server.events.on("closed", (event) => reason.resolve(event.reason));
    const [slow, other] = [await dial(), await dial()];
    slow.stream.pause();
    slow.send("flood\n");
    expect(await reason.promise).toMatchObject({ by: "local", kind: "slow-consumer", limit: 1024 * 1024 });
    const { buffered, limit } = (await reason.promise) as { buffered: number; limit: number };
    expect(buffered).toBeGreaterThan(limit);
    expect(buffered).toBeLessThan(limit + 2_000);
    await slow.untilClosed();
    other.send("hello\n");
    await other.untilText("hello\n");
    expect(told).toEqual(["serving c1", "serving c2", "closed c1 local slow-consumer"]);
  });
});

describe("writing", () => {
  it("pauses above the high watermark, and goes on at the low one", async () => {
    const network = createMemoryNetwork({ capacityBytes: 100, chunkBytes: 100 });
    const { promise, resolve } = deferred<Connection<Uint8Array>>();
    await using server = createServer({
      codec: byteFrames({ maxFrameBytes: 1_000 }),
      handler: { open: resolve, message() {} },
      highWatermarkBytes: 1_000,
      lowWatermarkBytes: 500,
      clock: manualClock(),
    });
    await server.listen(network.listener("here"));
    const caller = recordStream(await network.dial("here")());
    caller.stream.pause();
    const connection = await promise;
    expect(connection.send(new Uint8Array(96))).toBe(true);
    expect(connection.send(new Uint8Array(996))).toBe(false);
    expect(connection.send(new Uint8Array(0))).toBe(false);
    let writable = false;
    const waiting = connection.writable().then(() => {
      writable = true;
    });
    await turns();
    expect(writable).toBe(false);
    caller.stream.resume();
    await waiting;
    expect(connection.counters.bufferedBytes).toBeLessThanOrEqual(500);
    await connection.flushed();
    expect(connection.counters.bufferedBytes).toBe(0);
    await caller.until(({ length }) => length === 1_104);
    caller.stream.destroy();
  });

  it("rejects who waits for a connection that is lost", async () => {
    const { server, dial } = await stage(
      { highWatermarkBytes: 10, lowWatermarkBytes: 5 },
      { capacityBytes: 4 },
    );
    const served = deferred<Connection<string>>();
    server.events.on("serving", ({ connection }) => served.resolve(connection));
    const caller = await dial();
    caller.stream.pause();
    const connection = await served.promise;
    expect(connection.send("more than ten bytes")).toBe(false);
    const waiting = [connection.writable(), connection.flushed()];
    const outcomes = Promise.allSettled(waiting);
    caller.stream.destroy();
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "closed" } });
  });
});
