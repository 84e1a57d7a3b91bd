import { jsonFrames, jsonLines } from "@parley/core";
import { createServer } from "@parley/server";
import { memoryHeld } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { besideAProbe, echoedClient } from "./beside-a-probe.ts";
import { rawClient, said } from "./raw-client.ts";
import { request, tallyClient, tallyServer } from "./tally-service.ts";

const mebibyte = 1024 * 1024;
/** What every object has, unless somebody took care. */
const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"];

/** A text, and what the receiver makes of it, in the words of docs/codecs.md; null: it is malformed. */
const texts: readonly (readonly [string, string | Uint8Array, string | null])[] = [
  ["duplicate keys: the last one counts", '{"a":1,"a":2}', '{"a":2}'],
  ["1e400: Infinity, which JSON cannot carry", "[1e400,-1e400]", "[null,null]"],
  ["1e-400: 0", "1e-400", "0"],
  ["a number beyond 2⁵³: rounded", "9007199254740993", "9007199254740992"],
  ["a byte order mark", "\uFEFF{}", null],
  ["a NUL alone", "\0", null],
  ["a NUL within a string", '"a\0b"', null],
  ["an escaped NUL", '"a\\u0000b"', '"a\\u0000b"'],
  ["a lone CR within a string", '"a\rb"', null],
  ["a lone CR between tokens: white space", "[1,\r2]", "[1,2]"],
  ["half of a surrogate pair, escaped", '"\\ud800"', '"\\ud800"'],
  ["__proto__: an ordinary property", '{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}'],
  ["other names that all objects have", '{"constructor":1,"toString":2}', '{"constructor":1,"toString":2}'],
  ["bad UTF-8: a byte that is none", Uint8Array.of(0x22, 0xff, 0x22), null],
  ["bad UTF-8: an overlong form", Uint8Array.of(0x22, 0xc0, 0x80, 0x22), null],
  ["bad UTF-8: a surrogate", Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), null],
  ["bad UTF-8: cut short", Uint8Array.of(0x22, 0xe2, 0x82, 0x22), null],
  ["U+FFFD that was sent", '"\uFFFD"', '"\uFFFD"'],
  ["64 levels", `${"[".repeat(64)}${"]".repeat(64)}`, `${"[".repeat(64)}${"]".repeat(64)}`],
  ["65 levels", `${"[".repeat(65)}${"]".repeat(65)}`, null],
  ["half a million levels", "[".repeat(500_000), null],
  ["half a million objects, one in the other", '{"a":'.repeat(100_000), null],
  ["NaN", "NaN", null],
  ["a comment", "[1]/**/", null],
  ["a comma too many", "[1,]", null],
  ["nothing", "", null],
];

describe("JSON over a socket", () => {
  it.each(texts)("%s", async (_, text, expected) => {
    const codec = jsonFrames();
    const seen: unknown[] = [];
    const server = createServer<unknown>({
      codec,
      handler: {
        message(message, connection) {
          seen.push(message);
          connection.send(message);
        },
      },
    });
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, codec, "probe"),
      async (url) => {
        const payload = Buffer.from(text);
        const head = Buffer.alloc(4);
        head.writeUInt32BE(payload.length);
        const { received } = await said(url, head, payload);
        expect(received.subarray(4).toString()).toBe(expected ?? "");
      },
    );
    expect(reasons["malformed"]).toBe(expected === null ? 1 : undefined);
    expect(seen.filter((message) => message !== "probe")).toHaveLength(expected === null ? 0 : 1);
    expect(({} as { a?: unknown }).a).toBe(undefined);
  });
});

describe.each([
  ["spoken", { codec: jsonLines() }],
  ["detected", { codec: null }],
])("a name that all objects have is a name like others where JSON lines are %s", (_, { codec }) => {
  it.each(inherited)("%s", async (name) => {
    const { server, release } = tallyServer({}, { codec });
    await besideAProbe(server, tallyClient, async (url) => {
      const client = await rawClient(url);
      const answer = async (id: unknown): Promise<unknown> => {
        const found = () => client.messages.find((message) => message["id"] === id && !("method" in message));
        await client.until(() => found() !== undefined);
        return found();
      };
      // A method, which there is not.
      client.send(request(1, name));
      expect(await answer(1)).toMatchObject({ error: { code: -32601 } });
      // An id, of a call that goes on, and so is in use.
      client.send(request(name, "wait"), request(name, "add", { a: 1, b: 2 }));
      expect(await answer(null)).toMatchObject({ error: { code: -32600 } });
      // A parameter too many, and one that is missing.
      client.send(`{"jsonrpc":"2.0","id":2,"method":"add","params":{"a":1,"${name}":{"b":2}}}\n`);
      expect(await answer(2)).toMatchObject({ error: { code: -32602 } });
      // A text.
      client.send(request(3, "echo", { text: name }));
      expect(await answer(3)).toMatchObject({ result: name });
      // A key: the second gets the first one's answer.
      client.send(
        request(4, "count", undefined, { key: name }),
        request(5, "count", undefined, { key: name }),
      );
      expect(await answer(4)).toMatchObject({ result: 1 });
      expect(await answer(5)).toMatchObject({ result: 1 });
      // A stream's id, each way; and that of none.
      client.send(request(`${name}.`, "countdown", { from: 2 }, { credit: 0 }));
      client.send(
        request(undefined, "$/output/credit", { id: `${name}.`, items: 9 }),
        request(undefined, "$/output/credit", { id: `${name}..`, items: 9 }),
        request(undefined, "$/input", { id: `${name}..`, item: 1 }),
        request(undefined, name, { a: 1 }),
      );
      expect(await answer(`${name}.`)).toMatchObject({ result: null });
      // An event, which there is not.
      client.send(request(6, "$/subscribe", { events: [name] }));
      expect(await answer(6)).toMatchObject({ error: { code: expect.any(Number) } });
      // Members of a message, and of what is beside it.
      client.send(`{"jsonrpc":"2.0","id":7,"${name}":{},"method":"count","meta":{"${name}":{"key":"x"}}}\n`);
      expect(await answer(7)).toMatchObject({ result: 2 });
      release();
      expect(await answer(name)).toMatchObject({ result: null });
      await client.end().gone;
    });
  });
});

it("a principal's name that all objects have is a name like others", async () => {
  let principal = "";
  const { server } = tallyServer({ principal: () => principal });
  await besideAProbe(server, tallyClient, async (url) => {
    const counts: unknown[] = [];
    for (const name of [...inherited, ...inherited]) {
      principal = name;
      const { messages } = await said(url, request(1, "count", undefined, { key: "one" }));
      counts.push(messages[0]?.["result"]);
    }
    // Each has a memory of keys of its own, and finds it again.
    const own = inherited.map((_, at) => at + 1);
    expect(counts).toEqual([...own, ...own]);
  });
});

describe("what is not as the contract has it costs one error", () => {
  const rpcTexts: readonly (readonly [string, string, object])[] = [
    [
      "1e400 as a number",
      '{"jsonrpc":"2.0","id":1,"method":"add","params":{"a":1e400,"b":1}}',
      { error: { code: -32602 } },
    ],
    [
      "1e400 as an id",
      '{"jsonrpc":"2.0","id":1e400,"method":"count"}',
      { id: null, error: { code: -32600 } },
    ],
    [
      "a method given twice: the last one counts",
      '{"jsonrpc":"2.0","id":1,"method":"nothing","method":"count"}',
      { id: 1, result: 1 },
    ],
    [
      "an id given twice: the last one counts",
      '{"jsonrpc":"2.0","id":1,"id":2,"method":"count"}',
      { id: 2, result: 1 },
    ],
    [
      "params given twice: the last ones count",
      '{"jsonrpc":"2.0","id":1,"method":"add","params":{"a":1,"b":1},"params":{"a":2,"b":2}}',
      { result: 4 },
    ],
    [
      "a parameter given twice: the last one counts",
      '{"jsonrpc":"2.0","id":1,"method":"add","params":{"a":1,"a":5,"b":1}}',
      { result: 6 },
    ],
    [
      "a number far beyond 2⁵³ as an id: rounded",
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"count"}',
      { id: 9007199254740992, result: 1 },
    ],
    [
      "an escaped NUL in a method",
      '{"jsonrpc":"2.0","id":1,"method":"count\\u0000"}',
      { error: { code: -32601 } },
    ],
  ];

  it.each(rpcTexts)("%s", async (_, text, answer) => {
    for (const codec of [jsonLines(), null]) {
      const { server } = tallyServer({}, { codec });
      await besideAProbe(server, tallyClient, async (url) => {
        const { messages } = await said(url, `${text}\n`);
        expect(messages).toHaveLength(1);
        expect(messages[0]).toMatchObject(answer);
      });
    }
  });

  it.each<[string, unknown]>([
    ["a long text", "x".repeat(mebibyte - 200)],
    ["many numbers", Array(400_000).fill(1)],
    ["many objects", Array(200_000).fill({})],
    ["many names", Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`name${at}`, 1]))],
    ["a deep value", JSON.parse(`${"[".repeat(60)}${"]".repeat(60)}`)],
  ])("%s, and holds no more than that value did", async (_, value) => {
    const { server } = tallyServer();
    await besideAProbe(server, tallyClient, async (url) => {
      const client = await rawClient(url);
      const before = await memoryHeld();
      const count = 2;
      for (let id = 1; id <= count; id++) {
        client.send(request(id, "add", { a: value, b: 1 }));
        await client.until(({ messages }) => messages.length === id);
      }
      const after = await memoryHeld();
      for (const message of client.messages) {
        expect(message).toMatchObject({ error: { code: -32602 } });
        expect(JSON.stringify(message).length).toBeLessThan(1024);
      }
      expect(after.heap + after.buffers - before.heap - before.buffers).toBeLessThan(4 * mebibyte);
      await client.end().gone;
    });
  });

  it.each<[string, string]>([
    ["no JSON", "{"],
    ["bad UTF-8", "\xff"],
    ["65 levels", `${"[".repeat(65)}${"]".repeat(65)}`],
  ])("%s is answered once, and nothing behind it is seen", async (_, text) => {
    const { server } = tallyServer({}, { codec: jsonLines() });
    const reasons = await besideAProbe(server, tallyClient, async (url) => {
      const client = await said(
        url,
        Buffer.from(`${text}\n`, "latin1"),
        request(1, "count"),
        request(2, "count"),
      );
      expect(client.messages).toMatchObject([{ id: null, error: { code: -32700 } }]);
      const { messages } = await said(url, request(1, "count"));
      expect(messages).toMatchObject([{ result: 1 }]);
    });
    expect(reasons["malformed"]).toBe(1);
  });
});
