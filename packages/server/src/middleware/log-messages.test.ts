import { type Codec, jsonLines, textLines } from "@parley/core";
import { createMemoryNetwork, manualClock, recordStream } from "@parley/testkit";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { echo } from "../handlers/echo.ts";
import { createServer } from "../server.ts";
import { type LogMessagesOptions, logMessages } from "./log-messages.ts";
import { pipe } from "./pipe.ts";

/** What is logged of a client that says this, as text and as objects. */
async function logged<T>(codec: Codec<T>, said: string, options: LogMessagesOptions, threshold = "debug") {
  const lines: string[] = [];
  const logger = pino(
    { level: threshold, base: null, timestamp: false },
    { write: (line) => void lines.push(line) },
  );
  const network = createMemoryNetwork();
  const server = createServer<T>({
    codec,
    handler: pipe(echo<T>(), logMessages(logger, options)),
    clock: manualClock(),
  });
  await server.listen(network.listener("here"));
  const caller = recordStream(await network.dial("here")());
  caller.send(said);
  caller.stream.end();
  await caller.untilClosed();
  await server.close();
  return { text: lines.join(""), lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("logMessages", () => {
  it("tells sizes and ids, and nothing of the content", async () => {
    const { text, lines } = await logged(textLines(), "hello\n日本\n", {});
    expect(lines).toEqual([
      { level: 20, connection: "c1", message: 1, bytes: 5, msg: "message" },
      { level: 20, connection: "c1", message: 2, bytes: 6, msg: "message" },
    ]);
    expect(text).not.toContain("hello");
  });

  it("writes at the level it is told, and nothing if the logger leaves that out", async () => {
    expect((await logged(textLines(), "x\n", { level: "warn" })).lines).toMatchObject([{ level: 40 }]);
    expect((await logged(textLines(), "x\n", { level: "debug" }, "info")).lines).toEqual([]);
  });

  it("looks at nothing while the logger leaves its level out", () => {
    const silent = pipe<string>({ message() {} }, logMessages(pino({ level: "silent" }), { content: true }));
    const connection = {
      get counters(): never {
        throw new Error("It was looked at.");
      },
    };
    expect(silent.message("x", connection as never)).toBeUndefined();
  });

  it("shows the content if asked to, cut, with nothing that a terminal would obey", async () => {
    const evil = "\u001b[2J\u009b1m\u202eabc\u2028\r";
    const { text, lines } = await logged(textLines(), `${evil}x\n${"y".repeat(300)}\n`, {
      content: true,
      maxContentCharacters: 20,
    });
    expect(lines.map(({ content }) => content)).toEqual([
      "\\x1b[2J\\x9b1m\\u202eabc\\u2028\\x0dx",
      `${"y".repeat(20)}…`,
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]/);
  });

  it("shows values of any kind, on one line and not without end", async () => {
    const deep = `{"a":${"[".repeat(30)}1${"]".repeat(30)},"text":"\\u001b[2J\\u202e"}\n[${"1,".repeat(5_000)}1]\n`;
    const { lines } = await logged(jsonLines(), deep, { content: true });
    expect(lines).toHaveLength(2);
    expect(lines[0]?.content).toMatch(/^\{ a: \[ .*\\x1B\[2J\\u202e' \}$/);
    expect(lines[0]).not.toHaveProperty("bytes");
    for (const { content } of lines) expect((content as string).length).toBeLessThan(220);
  });

  it("refuses what is no level, and no length", () => {
    const logger = pino({ level: "silent" });
    expect(() => logMessages(logger, { level: "loud" as "info" })).toThrow(/level is "loud"/);
    expect(() => logMessages(logger, { maxContentCharacters: 0 })).toThrow(/maxContentCharacters is 0/);
  });
});
