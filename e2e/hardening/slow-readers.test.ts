import { connect, createClient } from "@parley/client";
import {
  byteFrames,
  type Connection,
  connectionDefaults,
  type Handler,
  jsonFrames,
  textLines,
} from "@parley/core";
import { contract } from "@parley/rpc";
import { createServer, serve } from "@parley/server";
import { neverReadingClient, recordStream } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { besideAProbe, echoedClient, times } from "./beside-a-probe.ts";

const line = "x".repeat(9_999);

/** Echoes; a line that begins with `all ` goes to all that have said `join`, and `flood N` is answered by so many lines, as fast as they are taken. */
function publisher(): Handler<string> {
  const all = new Set<Connection<string>>();
  return {
    async message(message, connection) {
      const [word, count] = message.split(" ");
      if (word === "all") {
        for (const other of all) if (other.state === "open") other.send(message);
      } else if (word === "join") all.add(connection);
      else if (word === "flood") {
        for (let sent = 0; sent < Number(count); sent++)
          if (!connection.send(line)) await connection.writable();
      } else connection.send(message);
    },
    closed: (connection) => void all.delete(connection),
  };
}

describe("a reader that stops reading", () => {
  it("delays nobody else, is cut at its limit, and is the only one cut", async () => {
    const server = createServer({ codec: textLines({ maxFrameBytes: 64 * 1024 }), handler: publisher() });
    const limit = connectionDefaults.maxBufferedBytes;
    const buffered: number[] = [];
    server.events.on("closed", ({ reason }) => {
      if (reason.kind === "slow-consumer") buffered.push(reason.buffered);
    });
    const news = `all ${"n".repeat(50_000)}`;
    // Far more than the system's buffers and the limit hold for one reader.
    const count = 400;
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, textLines({ maxFrameBytes: 64 * 1024 }), "probe"),
      async (url) => {
        const options = { maxFrameBytes: 64 * 1024 };
        const stopped = await times(3, () => neverReadingClient(socketDial(url), Buffer.from("join\n"), 1));
        const readers = await times(3, () => connect(url, textLines(options)));
        const read = readers.map(async (reader) => {
          let heard = 0;
          for await (const message of reader) {
            expect(message).toBe(news);
            if (++heard === count) return;
          }
        });
        for (const reader of readers) reader.send("join");
        const speaker = await connect(url, textLines(options));
        speaker.send("join");
        const echoes = speaker[Symbol.asyncIterator]();
        for (let sent = 0; sent < count; sent++) {
          speaker.send(news);
          expect(await echoes.next()).toEqual({ done: false, value: news });
        }
        await Promise.all(read);
        for (const client of stopped) client.stop();
        await Promise.all([...readers, speaker].map((connection) => connection.close()));
      },
    );
    // The probe cannot be told apart from them by its reason: nobody else was cut.
    expect(reasons["slow-consumer"]).toBe(3);
    expect(Object.keys(reasons).toSorted()).toEqual(["ended", "slow-consumer"]);
    for (const bytes of buffered) {
      expect(bytes).toBeGreaterThan(limit);
      expect(bytes).toBeLessThan(limit + 64 * 1024);
    }
  });
});

describe("a wait to write", () => {
  it.each(["writable", "flushed"] as const)("by %s() rejects when the other side is reset", async (wait) => {
    let waiting!: (connection: Connection<Uint8Array>) => void;
    const waits = new Promise<Connection<Uint8Array>>((resolve) => {
      waiting = resolve;
    });
    let outcome!: Promise<unknown>;
    const server = createServer<Uint8Array>({
      codec: byteFrames(),
      handler: {
        message(message, connection) {
          if (message[0] !== 1) return void connection.send(message);
          while (connection.send(new Uint8Array(100_000)));
          outcome = connection[wait]().catch((error: unknown) => error);
          waiting(connection);
        },
      },
    });
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, byteFrames(), Uint8Array.of(0)),
      async (url) => {
        const client = await neverReadingClient(socketDial(url), Uint8Array.of(0, 0, 0, 1, 1), 1);
        expect((await waits).state).toBe("open");
        client.stop();
        expect(await outcome).toMatchObject({ code: "closed", reason: { by: "remote", kind: "reset" } });
        // So does who comes too late to wait.
        await expect((await waits)[wait]()).rejects.toMatchObject({ code: "closed" });
      },
    );
    expect(reasons["reset"]).toBe(1);
  });
});

describe("a FIN right behind a request", () => {
  const megabytes = 16;

  it.each<[string, () => Handler<string> | ((connection: Connection<string>) => Promise<void>)]>([
    ["callbacks", publisher],
    [
      "a function",
      () => async (connection) => {
        const { message } = publisher();
        for await (const request of connection) await message(request, connection);
      },
    ],
  ])("still gets all of a reply of many megabytes, by %s", async (_, handler) => {
    const server = createServer({ codec: textLines(), handler: handler() });
    await besideAProbe(
      server,
      (url) => echoedClient(url, textLines(), "probe"),
      async (url) => {
        const count = megabytes * 100;
        const clients = await times(3, async () => recordStream(await socketDial(url)()));
        for (const client of clients) {
          client.send(`flood ${count}\nlast\n`);
          client.stream.end();
        }
        for (const client of clients) {
          await client.untilEnded();
          expect(client.length).toBe(count * (line.length + 1) + "last\n".length);
          expect(client.text.endsWith(`${line}\nlast\n`)).toBe(true);
          await client.untilClosed();
          expect(client.end?.error).toBeUndefined();
        }
      },
    );
  });

  it("still gets all of an answer of many megabytes", async () => {
    const large = contract("large", {
      methods: { reply: { params: Type.Object({ bytes: Type.Integer() }), result: Type.String() } },
    });
    const codec = jsonFrames({ maxFrameBytes: 2 * megabytes * 1_000_000 });
    const server = createServer({
      codec,
      handler: serve(large, { reply: async ({ bytes }) => "y".repeat(bytes) }),
    });
    await besideAProbe(
      server as never,
      async (url) => {
        const stays = createClient(large, url, { codec });
        const ask = async (client: typeof stays) =>
          expect(await client.call("reply", { bytes: 3 })).toBe("yyy");
        return {
          request: () => ask(stays),
          async connect() {
            const client = createClient(large, url, { codec });
            await ask(client);
            await client.close();
          },
          close: () => stays.close(),
        };
      },
      async (url) => {
        const client = recordStream(await socketDial(url)());
        const params = { bytes: megabytes * 1_000_000 };
        const request = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "reply", params }));
        const header = Buffer.alloc(4);
        header.writeUInt32BE(request.length);
        client.stream.write(Buffer.concat([header, request]));
        client.stream.end();
        await client.untilEnded();
        expect(JSON.parse(client.text.slice(client.text.indexOf("{")))).toEqual({
          jsonrpc: "2.0",
          id: 1,
          result: "y".repeat(params.bytes),
        });
        await client.untilClosed();
      },
    );
  });
});
