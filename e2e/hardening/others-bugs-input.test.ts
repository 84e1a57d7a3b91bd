// What others got wrong with input and limits, over real sockets, beside a probe; each row is named by where it was found.
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { createClient } from "@parley/client";
import {
  Bytes,
  bytes,
  type CloseReason,
  type Codec,
  codec,
  contentLength,
  delimited,
  type FrameCodec,
  jsonLines,
  jsonStream,
  lengthPrefix,
  lines,
  msgpackFrames,
  netstring,
  textLines,
  validated,
} from "@parley/core";
import { contract } from "@parley/rpc";
import { createServer, type Server, serve } from "@parley/server";
import { memoryHeld } from "@parley/testkit";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { besideAProbe, type GoodClient } from "./beside-a-probe.ts";
import { type RawClient, rawClient, said } from "./raw-client.ts";
import { request, tally, tallyClient, tallyServer } from "./tally-service.ts";
import { untilReceived } from "./until-received.ts";

const mebibyte = 1024 * 1024;
const framed = (frame: FrameCodec): Codec<Uint8Array> => codec(frame, bytes());
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

/** What a server made of its input: the messages, as text, what was passed over, and why it closed the connections. */
interface Seen {
  readonly messages: string[];
  readonly skipped: number[];
  readonly reasons: CloseReason[];
}

/** Connects and leaves; says nothing, since what it could say differs. */
async function visitor(url: string): Promise<GoodClient> {
  const stays = await rawClient(url);
  return {
    request: async () => {},
    connect: async () => (await rawClient(url)).end().gone,
    close: () => stays.end().gone,
  };
}

/** Has a server of bytes receive what `act` sends. */
async function receiving(
  spoken: Codec<Uint8Array>,
  act: (url: string, server: Server<Uint8Array>) => Promise<unknown>,
): Promise<Seen> {
  const seen: Seen = { messages: [], skipped: [], reasons: [] };
  const server: Server<Uint8Array> = createServer<Uint8Array>({
    codec: spoken,
    handler: {
      message: (message) => void seen.messages.push(Buffer.from(message).toString("latin1")),
      skipped: ({ actual = -1 }) => void seen.skipped.push(actual),
    },
  });
  server.events.on("closed", ({ reason }) => {
    if (reason.by === "local") seen.reasons.push(reason);
  });
  await besideAProbe(server, visitor, (url) => act(url, server));
  return seen;
}

/** The same where all of `pieces` is sent by one client, which then stays until it is cut off. */
const sent = (spoken: Codec<Uint8Array>, ...pieces: string[]): Promise<Seen> =>
  receiving(spoken, async (url) => (await rawClient(url)).send(...pieces.map(latin1)).gone);

describe("vscode-jsonrpc", () => {
  it("a header without CR LF in chunks of 256 bytes was read again with each chunk: here 1,024 bytes of it are the end", async () => {
    const { reasons, messages } = await receiving(framed(contentLength()), async (url) => {
      const client = await rawClient(url);
      const chunk = latin1("x".repeat(256));
      for (let count = 0; count < 4_096; count++) client.send(chunk);
      await client.gone;
    });
    expect(reasons).toMatchObject([{ kind: "malformed" }]);
    expect(messages).toEqual([]);
  });

  it.each(["-5", "1e3", "0x10", "12abc", "5, 5", "+5"])(
    "a Content-Length of %s put the stream out of step: here it is malformed, and nothing behind it is seen",
    async (length) => {
      const header = `Content-Length: ${length}\r\n\r\nhello`;
      const { reasons, messages } = await sent(
        framed(contentLength()),
        `${header}Content-Length: 2\r\n\r\nhi`,
      );
      expect(reasons).toMatchObject([{ kind: "malformed" }]);
      expect(messages).toEqual([]);
    },
  );
});

describe("ws", () => {
  it("too many headers ended the process (CVE-2024-37890): here more than 32 are malformed", async () => {
    const { reasons } = await sent(framed(contentLength()), "a: b\r\n".repeat(10_000));
    expect(reasons).toMatchObject([{ kind: "malformed" }]);
  });

  it("endless tiny fragments filled the memory (CVE-2026-48779): here they count like others, and cost no more than they bring", async () => {
    const { reasons } = await receiving(framed(lines({ maxFrameBytes: 2_000 })), async (url) => {
      const client = await rawClient(url);
      await client.drip(new Uint8Array(2_100).fill(120));
      await client.gone;
    });
    expect(reasons).toEqual([{ by: "local", kind: "frame-too-long", limit: 2_000 }]);
  });

  it("white space in a header was split by a regular expression (CVE-2021-32640): here it is passed over", async () => {
    const blanks = " ".repeat(1_000);
    const spoken = framed(contentLength());
    const { messages } = await sent(
      spoken,
      `Content-Length:${blanks}2\r\n\r\nhi`,
      `Content-Length:2${blanks}x\r\n\r\n`,
    );
    expect(messages).toEqual(["hi"]);
  });
});

describe("socket.io-parser", () => {
  it.each([null, 1, {}, [], [["tick"]], [{ toString: "tick" }], [null], ["__proto__"], "tick"])(
    "a malformed event name was thrown at nobody (CVE-2023-32695, CVE-2024-38355): here %j is an error of one call",
    async (events) => {
      const { server } = tallyServer();
      await besideAProbe(server, tallyClient, async (url) => {
        const { messages } = await said(url, request(1, "$/subscribe", { events }), request(2, "count"));
        expect(messages).toMatchObject([
          events instanceof Array && events.length === 0 ? {} : { id: 1, error: {} },
          { id: 2, result: 1 },
        ]);
      });
    },
  );

  it.each([
    { _placeholder: true, num: 0 },
    { _placeholder: true, num: "splice" },
    { type: "Buffer", data: [1] },
    [1, 2],
    7,
    "not base64!",
  ])("a forged placeholder became what it named (CVE-2022-2421): here %j is no bytes", async (forged) => {
    const blobs = contract("blobs", {
      methods: {
        size: { params: Type.Object({ blob: Type.Unsafe<Uint8Array>(Bytes()) }), result: Type.Integer() },
      },
    });
    const server = createServer({ handler: serve(blobs, { size: ({ blob }) => blob.length }) });
    await besideAProbe(server, visitor, async (url) => {
      const { messages } = await said(
        url,
        request(1, "size", { blob: forged }),
        request(2, "size", { blob: "AAAA" }),
      );
      expect(messages).toMatchObject([
        { id: 1, error: { code: -32602 } },
        { id: 2, result: 3 },
      ]);
    });
  });

  it.each<[string, string]>([
    ["2³² - 1 items", "ddffffffff"],
    ["2³² - 1 members", "dfffffffff"],
    ["2³² - 1 bytes", "c6ffffffff"],
    ["a text of 2³² - 1 bytes", "dbffffffff"],
    ["an extension of 2³² - 1 bytes", "c9ffffffff01"],
  ])(
    "%s, announced and not brought, were waited for, or made room for (CVE-2026-33151): here they are malformed at once",
    async (_, hex) => {
      const spoken = msgpackFrames() as Codec<Uint8Array>;
      const payload = Buffer.from(hex, "hex");
      const empty = "\0\0\0\x01\x90";
      const before = await memoryHeld();
      const { reasons, messages } = await sent(
        spoken,
        empty,
        `\0\0\0${String.fromCharCode(payload.length)}${payload.toString("latin1")}`,
        empty,
      );
      expect(reasons).toMatchObject([{ kind: "malformed" }]);
      expect(messages).toEqual([""]);
      expect((await memoryHeld()).buffers - before.buffers).toBeLessThan(mebibyte);
    },
  );
});

describe("engine.io", () => {
  it("an error was raised and the socket left open (CVE-2026-59725): here who never ends it is reset after lingerMs", async () => {
    const server = createServer({
      codec: textLines({ maxFrameBytes: 10 }),
      handler: { message() {} },
      lingerMs: 50,
    });
    const reasons = await besideAProbe(server, visitor, async (url) => {
      const { port } = new URL(url);
      // It takes the FIN, sends none, and goes on talking for as long as somebody is there.
      const socket = connectSocket({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
      const codes: unknown[] = [];
      socket.on("error", (error: NodeJS.ErrnoException) => void codes.push(error.code));
      socket.resume().write("x".repeat(100));
      await once(socket, "end");
      while (!socket.destroyed) {
        socket.write("more");
        await setImmediate();
      }
      expect(["ECONNRESET", "EPIPE"]).toContain(codes[0]);
    });
    expect(reasons["frame-too-long"]).toBe(1);
  });

  it("a session of the id __proto__ was found (CVE-2026-59724): here keys of such instances are keys like others", async () => {
    const { server } = tallyServer();
    await besideAProbe(server, tallyClient, async (url) => {
      const keys = ["__proto__:1", "constructor:1", "__proto__:2", "__proto__:1"];
      const { messages } = await said(
        url,
        ...keys.map((key, at) => request(at, "count", undefined, { key })),
      );
      expect(messages.map(({ result }) => result)).toEqual([1, 2, 3, 1]);
    });
  });
});

describe("Netty", () => {
  it.each<[string, FrameCodec, string]>([
    ["lengthPrefix", lengthPrefix({ maxFrameBytes: 5 }), "\0\0\0\x06"],
    ["netstring", netstring({ maxFrameBytes: 5 }), "6:"],
    ["contentLength", contentLength({ maxFrameBytes: 5 }), "Content-Length: 6\r\n\r\n"],
  ])(
    "the size was checked once all had come (CVE-2026-44248): here %s needs the header alone",
    async (_, frame, header) => {
      const { reasons } = await sent(framed(frame), header);
      expect(reasons).toEqual([{ by: "local", kind: "frame-too-long", limit: 5, actual: 6 }]);
    },
  );

  const skip = { maxFrameBytes: 3, onTooLong: "skip" } as const;
  it.each<[string, FrameCodec, string, number]>([
    ["lengthPrefix", lengthPrefix({ width: 1, ...skip }), "\x04abcd\x02ok", 4],
    ["netstring", netstring(skip), "4:abcd,2:ok,", 4],
    ["contentLength", contentLength(skip), "Content-Length: 4\r\n\r\nabcdContent-Length: 2\r\n\r\nok", 4],
    ["lines", lines(skip), "abcd\nok\n", -1],
    ["delimited", delimited({ delimiters: [";;"], ...skip }), "abcd;;ok;;", -1],
    ["jsonStream", jsonStream({ ...skip, maxFrameBytes: 4 }), '"abcdef" "ok"', -1],
  ])(
    "a limit error kept part of the frame for the next one (CVE-2026-56818): here %s finds the next one clean, byte by byte too",
    async (_, frame, stream, actual) => {
      const { messages, skipped } = await receiving(framed(frame), async (url) => {
        await said(url, latin1(stream));
        const client = await rawClient(url);
        await client.drip(latin1(stream));
        await client.end().gone;
      });
      const ok = stream.includes('"') ? '"ok"' : "ok";
      expect(messages).toEqual([ok, ok]);
      expect(skipped).toEqual([actual, actual]);
    },
  );

  it("9 bytes reserved 16 MiB (GHSA-x4gw-5cx5-pgmh): here those of 100 connections reserve less than 4 MiB", async () => {
    const spoken = framed(lengthPrefix({ width: 8, maxFrameBytes: 32 * mebibyte }));
    await receiving(spoken, async (url, server) => {
      const clients = await Promise.all(Array.from({ length: 100 }, () => rawClient(url)));
      const before = await memoryHeld();
      for (const client of clients) client.send(latin1("\0\0\0\0\x01\0\0\0x"));
      await untilReceived(server, 9 * clients.length);
      expect((await memoryHeld()).buffers - before.buffers).toBeLessThan(4 * mebibyte);
      for (const client of clients) client.reset();
      await Promise.all(clients.map(({ gone }) => gone));
    });
  });
});

describe("tokio", () => {
  it("the limit was held against the length before its adjustment (#4815): here against that of the frame", async () => {
    const spoken = framed(lengthPrefix({ width: 1, lengthAdjustment: -4, maxFrameBytes: 10 }));
    const { messages, reasons } = await sent(spoken, `\x0e${"a".repeat(10)}`, "\x0f");
    expect(messages).toEqual(["a".repeat(10)]);
    expect(reasons).toEqual([{ by: "local", kind: "frame-too-long", limit: 10, actual: 11 }]);
  });

  it("a length was cut down to its field (#5080): here sending 256 bytes behind 1 throws, and the connection goes on", async () => {
    const codes: unknown[] = [];
    const server = createServer<Uint8Array>({
      codec: framed(lengthPrefix({ width: 1 })),
      handler: {
        message(message, connection) {
          try {
            connection.send(new Uint8Array(message[0] === 0 ? 256 : 255));
          } catch (error) {
            codes.push((error as { code?: unknown }).code);
            connection.send(Uint8Array.of(9));
          }
        },
      },
    });
    await besideAProbe(server, visitor, async (url) => {
      const { received } = await said(url, Uint8Array.of(1, 0), Uint8Array.of(1, 1));
      expect([...received]).toEqual([1, 9, 255, ...Array<number>(255).fill(0)]);
    });
    expect(codes).toEqual(["unencodable"]);
  });

  it("an error of the stream came again for ever (#3976, #3555): here once, though more comes", async () => {
    const { reasons, messages } = await sent(
      framed(lines({ maxFrameBytes: 4 })),
      "ok\n",
      "too long\n",
      "ok\n".repeat(10_000),
    );
    expect(messages).toEqual(["ok"]);
    expect(reasons).toHaveLength(1);
  });
});

describe("Twisted", () => {
  it("a line of exactly the maximum was refused when its CR LF came in two (#6556): here it passes", async () => {
    const { messages } = await receiving(framed(lines({ maxFrameBytes: 3 })), async (url) => {
      const client = await rawClient(url);
      await client.drip(latin1("xyz\r\nabc\r\n"));
      await client.end().gone;
    });
    expect(messages).toEqual(["xyz", "abc"]);
  });

  it("an over-long line looked like a clean close (#3542): here the reason says what it was", async () => {
    const { reasons } = await sent(framed(lines({ maxFrameBytes: 4 })), "much too long");
    expect(reasons).toEqual([{ by: "local", kind: "frame-too-long", limit: 4 }]);
  });
});

describe("grpc-js", () => {
  const skip = { maxFrameBytes: 1024, onTooLong: "skip" } as const;
  const size = 8 * mebibyte;
  it.each<[string, FrameCodec, string, string]>([
    ["lengthPrefix", lengthPrefix(skip), "\0\x80\0\0", "\0\0\0\x02ok"],
    ["netstring", netstring(skip), `${size}:`, ",2:ok,"],
    ["contentLength", contentLength(skip), `Content-Length: ${size}\r\n\r\n`, "Content-Length: 2\r\n\r\nok"],
    ["lines", lines(skip), "", "\nok\n"],
  ])(
    "an oversize message was kept whole before it was dropped (CVE-2024-37168): here %s keeps nothing of 8 MiB",
    async (_, frame, head, tail) => {
      const chunk = Buffer.alloc(64 * 1024, 120);
      const { messages, skipped } = await receiving(framed(frame), async (url, server) => {
        const client = await rawClient(url);
        client.send(latin1(head));
        const before = await memoryHeld();
        for (let left = size; left > 0; left -= chunk.length) client.send(chunk);
        await untilReceived(server, size);
        expect((await memoryHeld()).buffers - before.buffers).toBeLessThan(mebibyte);
        await client.send(latin1(tail)).end().gone;
      });
      expect(messages).toEqual(["ok"]);
      expect(skipped).toHaveLength(1);
    },
  );

  it("a handler's error text leaked (CVE-2026-101915): here the caller gets a reference, and the event the error", async () => {
    const secret = contract("secret", {
      methods: { open: { result: Type.Null() }, later: { result: Type.Null() } },
    });
    const server = createServer({
      handler: serve(secret, {
        open() {
          throw new Error("the password is swordfish");
        },
        later: () => Promise.reject(new Error("the password is swordfish")),
      }),
    });
    const failures: unknown[] = [];
    server.events.on("call-failed", ({ error }) => void failures.push(String(error)));
    await besideAProbe(server, visitor, async (url) => {
      const client = await said(url, request(1, "open"), request(2, "later"));
      expect(client.messages).toMatchObject([
        { id: 1, error: { code: -32603 } },
        { id: 2, error: { code: -32603 } },
      ]);
      expect(client.text).not.toMatch(/swordfish|password|at .*\.ts/);
    });
    expect(failures).toEqual(Array(2).fill("Error: the password is swordfish"));
  });
});

describe("msgpack5", () => {
  const wrapped = (payload: Buffer): string => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(payload.length);
    return Buffer.concat([head, payload]).toString("latin1");
  };
  it.each<[string, Buffer]>([
    ["arrays", Buffer.alloc(500_000, 0x91)],
    ["maps", Buffer.alloc(500_000, Buffer.from("81a161", "hex"))],
  ])(
    "500,000 levels of %s overflowed the stack (CVE-2026-107298): here they are malformed",
    async (_, payload) => {
      const { reasons } = await sent(msgpackFrames() as Codec<Uint8Array>, wrapped(payload));
      expect(reasons).toMatchObject([{ kind: "malformed" }]);
    },
  );

  it.each(["c1", "d9", "da00", "92c0", "81a161", "c7", "cf00"])(
    "a value that was cut short was waited for, for ever (CVE-2026-107301): here %s is malformed",
    async (hex) => {
      const { reasons } = await sent(msgpackFrames() as Codec<Uint8Array>, wrapped(Buffer.from(hex, "hex")));
      expect(reasons).toMatchObject([{ kind: "malformed" }]);
    },
  );
});

describe("NestJS", () => {
  it.each<[string, FrameCodec]>([
    ["lines", lines()],
    ["delimited", delimited({ delimiters: ["#"] })],
    ["netstring", netstring()],
    ["contentLength", contentLength()],
    ["jsonStream", jsonStream()],
  ])(
    "a stream without the delimiter filled the memory (#13145): here %s has a maximum without being told",
    async (_, frame) => {
      let client!: RawClient;
      const { reasons, messages } = await receiving(framed(frame), async (url) => {
        client = await rawClient(url);
        const chunk = Buffer.alloc(64 * 1024, "1");
        for (let count = 0; count < 64; count++) client.send(chunk);
        await client.gone;
      });
      expect(reasons).toHaveLength(1);
      expect(["frame-too-long", "malformed"]).toContain(reasons[0]?.kind);
      expect(messages).toEqual([]);
    },
  );
});

describe("ajv", () => {
  const $data = { type: "object", properties: { a: { type: "string", pattern: { $data: "1/b" } }, b: {} } };
  const exponential = { type: "object", properties: { a: { type: "string", pattern: "^(a|a)*$" } } };
  it.each([
    ["takes its pattern from the message", $data],
    ["could take exponential time", exponential],
  ])(
    "a pattern that a message brought took for ever (CVE-2025-69873): here a schema that %s is refused at the start",
    (_, schema) => {
      const refused = expect.objectContaining({ code: "bad-option" });
      expect(() => validated(jsonLines(), schema)).toThrow(refused);
      for (const method of [{ params: schema }, { result: schema }, { output: schema }, { input: schema }])
        expect(() => contract("unsafe", { methods: { match: method } })).toThrow(refused);
      expect(() => contract("unsafe", { methods: {}, events: { match: schema } })).toThrow(refused);
      expect(() => contract("unsafe", { methods: {}, notifications: { match: schema } })).toThrow(refused);
    },
  );
});

describe("jayson", () => {
  it("every call had a TCP connection of its own (#92): here 1,000 share one", async () => {
    const { server } = tallyServer();
    await besideAProbe(server, tallyClient, async (url) => {
      const { accepted } = server.counters;
      const client = createClient(tally, url);
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, a) => client.call("add", { a, b: 1 })),
      );
      expect(answers).toEqual(Array.from({ length: 1_000 }, (_, a) => a + 1));
      // The probe has one of its own a second.
      expect(server.counters.accepted - accepted).toBeLessThan(10);
      await client.close();
    });
  });

  it("a batch could be of any length (#92): here one of more than 256 is refused as a whole", async () => {
    const { server } = tallyServer();
    await besideAProbe(server, tallyClient, async (url) => {
      const batch = (length: number): string =>
        `[${Array.from({ length }, (_, id) => request(id, "count").trim()).join(",")}]\n`;
      const { messages } = await said(url, batch(257), batch(10_000), batch(256));
      expect(messages.slice(0, 2)).toMatchObject(Array(2).fill({ id: null, error: { code: -32600 } }));
      expect((messages[2] as unknown as { result: number }[]).map(({ result }) => result).at(-1)).toBe(256);
    });
  });
});
