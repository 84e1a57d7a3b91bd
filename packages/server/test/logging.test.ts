import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { textLines } from "@parley/core";
import { createMemoryNetwork, recordStream } from "@parley/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createServer, echo, fileLog } from "../src/index.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parley-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function linesOf(file: string): Promise<Record<string, unknown>[]> {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("a log file", () => {
  it("holds text of every script whole, one line an entry, written before the call returns", async () => {
    const file = join(directory, "made", "for it", "parley.log");
    const log = fileLog(file);
    const texts = [
      "日本語と中文",
      "مرحبا بالعالم",
      "emoji 🎈👩‍👩‍👧 whole",
      "two\nlines\r\nand \u2028",
      "é".repeat(100_000),
    ];
    for (const text of texts) {
      log.logger.info({ text }, text);
      expect((await linesOf(file)).at(-1)).toMatchObject({ text, msg: text });
    }
    log.close();
    expect(await linesOf(file)).toHaveLength(texts.length);
  });

  it("is appended to", async () => {
    const file = join(directory, "parley.log");
    for (const word of ["first", "second"]) {
      const log = fileLog(file);
      log.logger.info(word);
      log.close();
      log.close();
    }
    expect((await linesOf(file)).map(({ msg }) => msg)).toEqual(["first", "second"]);
  });

  it("is shared: what one closes others go on with", async () => {
    const file = join(directory, "parley.log");
    const one = fileLog(file);
    const other = fileLog(join(directory, ".", "parley.log"));
    one.logger.info("one");
    one.close();
    one.close();
    other.logger.info("other");
    other.close();
    expect((await linesOf(file)).map(({ msg }) => msg)).toEqual(["one", "other"]);
  });

  it("holds what is at least as severe as asked for", async () => {
    const file = join(directory, "parley.log");
    const log = fileLog(file, "warn");
    log.logger.info("no");
    log.logger.warn("yes");
    log.close();
    expect((await linesOf(file)).map(({ msg }) => msg)).toEqual(["yes"]);
  });

  it("that cannot be opened is an error that says so", () => {
    expect(() => fileLog(directory)).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining(directory) as string }),
    );
  });
});

describe("a server that logs", () => {
  it("writes every event once, however many servers and logs share the file", async () => {
    const file = join(directory, "parley.log");
    const network = createMemoryNetwork();
    const logs = [fileLog(file, "debug"), fileLog(file, "debug")];
    const servers = ["a", "b", "c"].map((name, index) => ({
      name,
      server: createServer({
        codec: textLines(),
        handler: echo(),
        concurrency: 1,
        backlog: 1,
        logger: logs[index % 2]?.logger.child({ server: name }),
      }),
    }));
    for (const { name, server } of servers) {
      await server.listen(network.listener(name));
      const [first, second, third] = [
        recordStream(await network.dial(name)()),
        recordStream(await network.dial(name)()),
        recordStream(await network.dial(name)()),
      ];
      await third.untilClosed();
      first.stream.end();
      await first.untilClosed();
      const closing = server.close();
      await second.untilEnded();
      second.stream.end();
      await closing;
    }
    for (const log of logs) log.close();
    const lines = await linesOf(file);
    for (const { name } of servers) {
      const own = lines.filter(({ server }) => server === name);
      expect(own.map(({ msg, connection }) => [msg, connection].filter(Boolean).join(" "))).toEqual([
        "listening",
        "serving c1",
        "waiting c2",
        "refused c3",
        "closed c1",
        "serving c2",
        "no longer listening",
        "draining",
        "closed c2",
        "drained",
      ]);
    }
    expect(lines).toHaveLength(30);
    expect(lines[3]).toMatchObject({ level: 40, reason: "refused: no place to be served or to wait" });
  });

  it("writes what a handler threw, and nothing of it reaches the other side", async () => {
    const file = join(directory, "parley.log");
    const network = createMemoryNetwork();
    const log = fileLog(file);
    const server = createServer({
      codec: textLines(),
      handler: {
        message(message) {
          throw new Error(`失敗: ${message}`);
        },
      },
      logger: log.logger,
    });
    await server.listen(network.listener("here"));
    const caller = recordStream(await network.dial("here")());
    caller.send("\u001b[31m赤\n");
    await caller.untilEnded();
    caller.stream.end();
    await server.close();
    log.close();
    const failed = (await linesOf(file)).filter(({ msg }) => msg === "handler failed");
    expect(failed).toHaveLength(1);
    expect(failed[0]?.err).toMatchObject({ message: "失敗: \u001b[31m赤" });
    expect(await readFile(file, "utf8")).not.toContain("\u001b");
    expect(caller.text).toBe("");
  });

  it("is silent unless asked", async () => {
    const network = createMemoryNetwork();
    await using server = createServer({ codec: textLines(), handler: echo() });
    await server.listen(network.listener("here"));
    expect(server.events.listenerCount("serving")).toBe(0);
  });
});
