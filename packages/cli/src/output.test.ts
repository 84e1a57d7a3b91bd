import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Output } from "./output.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

function outputTo(framing: "lines" | "raw", { isTTY = false, highWaterMark = 1024 } = {}) {
  const stream = Object.assign(new PassThrough({ highWaterMark }), { isTTY });
  let gone = 0;
  const output = new Output(stream, framing, () => {
    gone += 1;
  });
  return { stream, output, gone: () => gone };
}

async function written(stream: PassThrough): Promise<string> {
  stream.end();
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("latin1");
}

describe("Output", () => {
  it("passes bytes untouched into a pipe, a newline behind each message", async () => {
    const { stream, output } = outputTo("lines");
    void output.write(bytes("\x1b[2J\xff\0"));
    void output.write(bytes(""));
    expect(await written(stream)).toBe("\x1b[2J\xff\0\n\n");
  });

  it("adds nothing to raw bytes", async () => {
    const { stream, output } = outputTo("raw");
    void output.write(bytes("a\r"));
    void output.write(bytes("b"));
    expect(await written(stream)).toBe("a\rb");
  });

  it("makes control characters visible on a terminal", async () => {
    const { stream, output } = outputTo("lines", { isTTY: true });
    void output.write(bytes("\x1b[2J\xff"));
    expect(Buffer.from(await written(stream), "latin1").toString()).toBe("\\x1b[2J\ufffd\n");
  });

  it("shows a character that is cut in two on a terminal whole", async () => {
    const { stream, output } = outputTo("raw", { isTTY: true });
    const character = Buffer.from("日");
    void output.write(character.subarray(0, 1));
    void output.write(character.subarray(1));
    expect(Buffer.from(await written(stream), "latin1").toString()).toBe("日");
  });

  it("answers with a promise while the stream is full", async () => {
    const { stream, output } = outputTo("lines", { highWaterMark: 4 });
    const full = output.write(bytes("more than four"));
    expect(full).toBeInstanceOf(Promise);
    let done = false;
    const waiting = full?.then(() => {
      done = true;
    });
    await new Promise(setImmediate);
    expect(done).toBe(false);
    stream.resume();
    await waiting;
  });

  it("takes a reader that has gone quietly, and wakes who waits", async () => {
    const { stream, output, gone } = outputTo("lines", { highWaterMark: 4 });
    const full = output.write(bytes("more than four"));
    stream.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    await full;
    expect(output.state).toBe("unread");
    expect(gone()).toBe(1);
    expect(output.write(bytes("into the void"))).toBeUndefined();
  });

  it("keeps any other error for whoever reports it", async () => {
    const { stream, output, gone } = outputTo("lines", { highWaterMark: 4 });
    const full = output.write(bytes("more than four"));
    stream.destroy(Object.assign(new Error("no space left"), { code: "ENOSPC" }));
    await full;
    expect(output.state).toMatchObject({
      code: "bad-option",
      message: expect.stringContaining("no space left"),
    });
    expect(gone()).toBe(1);
  });
});
