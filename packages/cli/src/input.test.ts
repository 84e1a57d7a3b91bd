import { Readable } from "node:stream";
import { connect } from "@parley/client";
import { bytes, type Connection, codec, lengthPrefix } from "@parley/core";
import { createMemoryNetwork, type RecordedStream, recordStream } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { Input } from "./input.ts";

async function connected(): Promise<{ connection: Connection<Uint8Array>; server: RecordedStream }> {
  const network = createMemoryNetwork();
  const accepted: RecordedStream[] = [];
  await network.listener("service")({ accept: (stream) => accepted.push(recordStream(stream)), failed() {} });
  const connection = await connect(network.dial("service"), codec(lengthPrefix(), bytes()));
  return { connection, server: accepted[0] as RecordedStream };
}

describe("Input", () => {
  it("sends a message for each line, wherever the chunks are cut, and ends the connection", async () => {
    const { connection, server } = await connected();
    await new Input(Readable.from([Buffer.from("a"), Buffer.from("b\r\n\nc")]), "lines").sendTo(connection);
    await server.untilEnded();
    expect(server.text).toBe("\0\0\0\x02ab\0\0\0\0\0\0\0\x01c");
    expect(connection.state).toBe("local-ended");
  });

  it.each(["lines", "raw"] as const)("reads %s no faster than they are taken", async (framing) => {
    const { connection, server } = await connected();
    const chunk = Buffer.from(`${"x".repeat(1023)}\n`.repeat(64));
    const buffered: number[] = [];
    function* chunks() {
      for (let count = 0; count < 200; count++) {
        buffered.push(connection.counters.bufferedBytes);
        yield chunk;
      }
    }
    await new Input(Readable.from(chunks(), { highWaterMark: 1 }), framing).sendTo(connection);
    await server.untilEnded();
    expect(connection.counters.messagesOut).toBe(framing === "raw" ? 200 : 200 * 64);
    expect(Math.max(...buffered)).toBeLessThan(256 * 1024);
  });

  it("knows of what it could not send", async () => {
    const { connection } = await connected();
    const unfinished = new Readable({ read() {} });
    unfinished.push(Buffer.from("half a line"));
    const input = new Input(unfinished, "lines");
    expect(input.hasUnsent).toBe(false);
    const sending = input.sendTo(connection);
    await input.stop();
    await sending;
    expect(input.hasUnsent).toBe(true);
  });

  it("says that stdin cannot be read", async () => {
    const { connection } = await connected();
    const broken = new Readable({
      read() {
        this.destroy(new Error("EISDIR"));
      },
    });
    await expect(new Input(broken, "lines").sendTo(connection)).rejects.toThrow(
      "stdin cannot be read: EISDIR.",
    );
  });
});
