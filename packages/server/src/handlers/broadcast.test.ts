import { type Codec, type Connection, textLines } from "@parley/core";
import { describe, expect, it } from "vitest";
import { stage } from "../../test/stage.ts";
import { broadcast } from "./broadcast.ts";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

describe("broadcast", () => {
  it("sends what anybody says to everybody else", async () => {
    const { dial } = await stage({ handler: broadcast(textLines()) });
    const [a, b, c] = [await dial(), await dial(), await dial()];
    await turns();
    a.send("from a\n");
    await Promise.all([b, c].map((caller) => caller.untilText("from a\n")));
    b.send("from b\n");
    await c.untilText("from a\nfrom b\n");
    await a.untilText("from b\n");
    expect([a.text, b.text]).toEqual(["from b\n", "from a\n"]);
  });

  it("sends it to who said it as well, if told to", async () => {
    const { dial } = await stage({ handler: broadcast(textLines(), { echo: true }) });
    const caller = await dial();
    caller.send("hello\n");
    await caller.untilText("hello\n");
  });

  it("encodes a message once for all", async () => {
    let encoded = 0;
    const lines = textLines();
    const counting: Codec<string> = {
      ...lines,
      message: {
        ...lines.message,
        encode(message, out) {
          encoded += 1;
          lines.message.encode(message, out);
        },
      },
    };
    const { dial } = await stage({ codec: counting, handler: broadcast(counting) });
    const callers = await Promise.all(Array.from({ length: 20 }, dial));
    await turns();
    callers[0]?.send("hello\n");
    await Promise.all(callers.slice(1).map((caller) => caller.untilText("hello\n")));
    expect(encoded).toBe(1);
  });

  it("forgets who has left, and goes on with who is leaving", async () => {
    const { untilTold, told, dial } = await stage({ handler: broadcast(textLines()) });
    const [a, b, c] = [await dial(), await dial(), await dial()];
    await turns();
    b.stream.destroy();
    await untilTold("closed c2 remote reset");
    c.stream.end();
    await untilTold("closed c3 remote ended");
    a.send("anybody?\n");
    a.stream.end();
    await untilTold("closed c1 remote ended");
    expect(told.filter((line) => line.startsWith("handler-error"))).toEqual([]);
  });

  it("keeps nobody who is closing, and sends nothing to who has ended their side", () => {
    const sent: string[] = [];
    const codec = textLines();
    const member = (id: string, state: string): Connection<string> =>
      ({ id, state, codec, sendEncoded: () => sent.push(id) }) as unknown as Connection<string>;
    const [speaker, open, ended, leaving] = [
      member("speaker", "open"),
      member("open", "open"),
      member("ended", "local-ended"),
      member("leaving", "open"),
    ] as const;
    const handler = broadcast(codec);
    for (const connection of [speaker, open, ended, leaving]) void handler.open?.(connection);
    handler.closing?.(leaving, { by: "local", kind: "ended" });
    void handler.message("hello", speaker);
    expect(sent).toEqual(["open"]);
  });

  it("cuts who does not read at their limit, and delays nobody for it", async () => {
    const { told, untilTold, dial } = await stage(
      {
        handler: broadcast(textLines()),
        codec: textLines({ maxFrameBytes: 1_000 }),
        maxBufferedBytes: 100_000,
      },
      { capacityBytes: 1_000 },
    );
    const [speaker, slow, good] = [await dial(), await dial(), await dial()];
    slow.stream.pause();
    const line = `${"x".repeat(999)}\n`;
    for (let said = 0; said < 300; said++) {
      speaker.send(line);
      await good.until(({ length }) => length >= (said + 1) * line.length);
    }
    await untilTold("closed c2 local slow-consumer");
    expect(told.filter((event) => event.startsWith("closed"))).toEqual(["closed c2 local slow-consumer"]);
  });
});
