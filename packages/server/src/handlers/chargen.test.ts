import { textLines } from "@parley/core";
import { describe, expect, it } from "vitest";
import { deferred, stage } from "../../test/stage.ts";
import { chargen } from "./chargen.ts";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

describe("chargen", () => {
  const codecOf864 = textLines({ send: "crlf" });

  it("sends the lines of RFC 864, while it discards what comes", async () => {
    const counters = deferred<() => { messagesIn: number }>();
    const { server, dial } = await stage({ handler: chargen(), codec: codecOf864 });
    server.events.on("serving", ({ connection }) => counters.resolve(() => connection.counters));
    const caller = await dial();
    caller.send("ignored\n".repeat(1_000));
    await caller.until(({ length }) => length > 200 * 74);
    const lines = caller.text.split("\r\n");
    expect(lines[0]).toBe(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg");
    expect(lines[1]).toBe(`${lines[0]?.slice(1)}h`);
    expect(lines[94]).toBe(`~${lines[0]?.slice(0, 71)}`);
    expect(lines[95]).toBe(lines[0]);
    for (const line of lines.slice(0, -1)) expect(line).toHaveLength(72);
    expect((await counters.promise)().messagesIn).toBe(1_000);
    caller.stream.destroy();
  });

  it("waits for who does not read, and goes on where it was", async () => {
    const counters = deferred<() => { bufferedBytes: number }>();
    const { server, dial } = await stage({ handler: chargen(), codec: codecOf864 }, { capacityBytes: 1_000 });
    server.events.on("serving", ({ connection }) => counters.resolve(() => connection.counters));
    const caller = await dial();
    caller.stream.pause();
    await turns();
    const { bufferedBytes } = (await counters.promise)();
    expect(bufferedBytes).toBeGreaterThan(64 * 1024);
    expect(bufferedBytes).toBeLessThan(64 * 1024 + 100);
    caller.stream.resume();
    await caller.until(({ length }) => length > 200_000);
    const starts = caller.text
      .split("\r\n")
      .slice(0, -1)
      .map((line) => line.charCodeAt(0) - 0x20);
    expect(starts).toEqual(starts.map((_, index) => index % 95));
    caller.stream.destroy();
  });

  it("ends with the other side", async () => {
    const { untilTold, dial } = await stage({ handler: chargen(), codec: codecOf864 });
    const caller = await dial();
    caller.stream.end();
    await caller.untilClosed();
    expect(caller.end).toEqual({ error: undefined });
    await untilTold("closed c1 remote ended");
  });

  it("lets others have their turn, however fast it could go on", async () => {
    const counters = deferred<() => { bytesOut: number }>();
    const { server, dial } = await stage(
      { handler: chargen(), codec: codecOf864 },
      { capacityBytes: 10_000_000 },
    );
    server.events.on("serving", ({ connection }) => counters.resolve(() => connection.counters));
    const caller = await dial();
    await caller.until(({ length }) => length > 0);
    expect((await counters.promise)().bytesOut).toBeLessThan(100_000);
    await caller.until(({ length }) => length > 100_000);
    caller.stream.destroy();
  });
});
