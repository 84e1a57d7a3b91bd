import { connect, createClient } from "@parley/client";
import { jsonLines, textLines } from "@parley/core";
import { contract } from "@parley/rpc";
import { authenticate, createServer, echo, logMessages, pipe, serve } from "@parley/server";
import { recordStream } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { besideAProbe, echoedClient } from "./beside-a-probe.ts";
import { temporaryLog } from "./temporary-log.ts";

/** What a terminal obeys, and what forges another line. */
const hostile = "\u001b[2J\u0007\u007f\u0085\u009b31m\u2028\u202egnp.exe\u2066\rforged";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const obeyed = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

describe("what a remote sends reaches no log raw", () => {
  it("as text that a handler throws, and that a middleware shows", async () => {
    const log = temporaryLog();
    const server = createServer<string>({
      codec: textLines(),
      logger: log.logger,
      handler: pipe(
        {
          message(message, connection) {
            if (message !== "probe") throw new Error(message, { cause: message });
            connection.send(message);
          },
        },
        logMessages(log.logger, { level: "info", content: true }),
      ),
    });
    await besideAProbe(
      server,
      (url) => echoedClient(url, textLines(), "probe"),
      async (url) => {
        const client = recordStream(await socketDial(url)());
        client.send(`${hostile}\n`);
        await client.untilEnded();
        client.stream.end();
        await client.untilClosed();
      },
    );
    expect(log.text).toContain("forged");
    expect(log.text).not.toMatch(obeyed);
    for (const line of log.text.split("\n").slice(0, -1))
      expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it("as what is no JSON, as a method, as parameters, and as what an implementation throws", async () => {
    const log = temporaryLog();
    const said = contract("said", {
      methods: { say: { params: Type.Object({ text: Type.String() }), result: Type.String() } },
    });
    const server = createServer({
      codec: jsonLines(),
      logger: log.logger,
      handler: serve(said, {
        say({ text }) {
          if (text === "probe") return text;
          throw new Error(text);
        },
      }),
    });
    const requests = [
      { method: hostile },
      { method: "say", params: { [hostile]: hostile } },
      { method: "say", params: { text: hostile } },
      { method: "$/cancelRequest", params: { id: hostile } },
    ].map((request, id) => JSON.stringify({ jsonrpc: "2.0", id: `${id}${hostile}`, ...request }));
    await besideAProbe(
      server as never,
      async (url) => {
        const stays = createClient(said, url);
        const ask = async (client: typeof stays): Promise<void> =>
          expect(await client.call("say", { text: "probe" })).toBe("probe");
        return {
          request: () => ask(stays),
          async connect() {
            const client = createClient(said, url);
            await ask(client);
            await client.close();
          },
          close: () => stays.close(),
        };
      },
      async (url) => {
        const client = recordStream(await socketDial(url)());
        client.send(`${requests.join("\n")}\n{"${hostile.replace("\r", "")}": nonsense}\n`);
        await client.untilEnded();
        client.stream.end();
        await client.untilClosed();
      },
    );
    expect(log.text).toContain("forged");
    expect(log.text).not.toMatch(obeyed);
  });
});

it("what a program logs of it into a file is escaped as well, and reads the same", () => {
  const log = temporaryLog();
  log.logger.info({ hostile }, hostile);
  expect(log.text).not.toMatch(obeyed);
  expect(JSON.parse(log.text)).toMatchObject({ hostile, msg: hostile });
});

describe("a token", () => {
  it("is in no line of any level, and in no answer, whoever gets it wrong and right", async () => {
    const log = temporaryLog();
    const token = "correct-horse-battery-staple";
    const server = createServer<string>({
      codec: textLines(),
      logger: log.logger,
      requestEvents: true,
      handler: pipe(
        echo<string>(),
        authenticate<string>({ token, welcome: "probe", rejection: "no" }),
        logMessages(log.logger, { level: "trace", content: true }),
      ),
    });
    await besideAProbe(
      server,
      async (url) => {
        const good = await connect(url, textLines());
        good.send(token);
        const answers = good[Symbol.asyncIterator]();
        expect((await answers.next()).value).toBe("probe");
        const request = async (): Promise<void> => {
          good.send("probe");
          expect((await answers.next()).value).toBe("probe");
        };
        return { request, connect: request, close: () => good.close() };
      },
      async (url) => {
        const wrong = recordStream(await socketDial(url)());
        wrong.send(`${token.slice(0, -1)}\n${token}x\n${token.toUpperCase()}\n`);
        await wrong.untilEnded();
        wrong.stream.end();
        await wrong.untilClosed();
        expect(wrong.text).toBe("no\nno\nno\n");
        // A second one is a message like any other.
        const twice = await connect(url, textLines());
        twice.send(token);
        twice.send("once more");
        const heard: string[] = [];
        for await (const line of twice) if (heard.push(line) === 2) break;
        expect(heard).toEqual(["probe", "once more"]);
        await twice.close();
      },
    );
    expect(log.text).toContain("failed to authenticate 3 times");
    expect(log.text).not.toContain(token);
    expect(log.text).not.toContain(token.slice(0, -1));
  });
});
