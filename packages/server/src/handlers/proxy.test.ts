import { bytes, type CloseReason, codec, ParleyError, raw } from "@parley/core";
import { createMemoryNetwork, type MemoryOptions, type RecordedStream, recordStream } from "@parley/testkit";
import { type Dial, socketDial } from "@parley/transport";
import { afterEach, describe, expect, it } from "vitest";
import { deferred } from "../../test/stage.ts";
import { createServer, type Server } from "../server.ts";
import { echo } from "./echo.ts";
import { proxy } from "./proxy.ts";

const rawBytes = codec(raw(), bytes());
const servers: Server<Uint8Array>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close({ graceMs: 0 });
});

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

/** A client, the proxy, and who stands behind it. */
interface Line {
  readonly client: RecordedStream;
  readonly upstream: RecordedStream;
  readonly server: Server<Uint8Array>;
  readonly reason: Promise<CloseReason>;
}

async function line(memory: MemoryOptions = {}): Promise<Line> {
  const network = createMemoryNetwork(memory);
  const accepted = deferred<RecordedStream>();
  const failed = (error: Error): never => {
    throw error;
  };
  await network.listener("back")({ accept: (stream) => accepted.resolve(recordStream(stream)), failed });
  const { server, reason } = proxyServer(network.dial("back"));
  await server.listen(network.listener("front"));
  const client = recordStream(await network.dial("front")());
  return { client, upstream: await accepted.promise, server, reason };
}

function proxyServer(dial: Dial | string): {
  server: Server<Uint8Array>;
  reason: Promise<CloseReason>;
  errors: unknown[];
} {
  const server = createServer({
    codec: rawBytes,
    handler: proxy(dial),
    holdBackWhenFull: false,
  });
  servers.push(server);
  const reason = deferred<CloseReason>();
  const errors: unknown[] = [];
  server.events.on("closed", (event) => reason.resolve(event.reason));
  server.events.on("handler-error", ({ error }) => errors.push(error));
  return { server, reason: reason.promise, errors };
}

describe("proxy", () => {
  it("carries bytes both ways", async () => {
    const { client, upstream } = await line();
    client.send("question");
    await upstream.untilText("question");
    upstream.send("answer");
    await client.untilText("answer");
  });

  it("carries the client's FIN over, and the answer back behind it", async () => {
    const { client, upstream, reason } = await line();
    client.send("question");
    client.stream.end();
    await upstream.untilEnded();
    expect(upstream.text).toBe("question");
    await turns();
    expect(client.hasEnded).toBe(false);
    upstream.send("answer");
    upstream.stream.end();
    await Promise.all([client.untilClosed(), upstream.untilClosed()]);
    expect([client.text, client.end, upstream.end]).toEqual([
      "answer",
      { error: undefined },
      { error: undefined },
    ]);
    expect(await reason).toEqual({ by: "remote", kind: "ended" });
  });

  it("carries the other address's FIN over, and what the client still says", async () => {
    const { client, upstream } = await line();
    upstream.send("greeting");
    upstream.stream.end();
    await client.untilEnded();
    expect(client.text).toBe("greeting");
    await turns();
    client.send("and yet");
    await upstream.untilText("and yet");
    expect(upstream.hasEnded).toBe(false);
    client.stream.end();
    await Promise.all([client.untilClosed(), upstream.untilClosed()]);
    expect([client.end, upstream.end]).toEqual([{ error: undefined }, { error: undefined }]);
  });

  it.each(["client", "upstream"] as const)("carries a reset over from the %s", async (who) => {
    const both = await line();
    const other = both[who === "client" ? "upstream" : "client"];
    both[who].send("half a");
    await other.untilText("half a");
    both[who].stream.destroy();
    await other.untilClosed();
    expect(other.end?.error).toMatchObject({ code: "ECONNRESET" });
    expect(other.hasEnded).toBe(false);
    await both.reason;
    expect(both.server.counters.serving).toBe(0);
  });

  it.each(["client", "upstream"] as const)(
    "takes no more from the %s than the other side reads, and loses none of it",
    async (who) => {
      const both = await line({ capacityBytes: 10_000 });
      const from = both[who];
      const to = both[who === "client" ? "upstream" : "client"];
      to.stream.pause();
      const chunk = Buffer.alloc(10_000, "0123456789");
      let written = 0;
      for (;;) {
        const taken = from.stream.write(chunk);
        written += chunk.length;
        if (!taken) {
          const { drains } = from;
          await turns(50);
          if (from.drains === drains) break;
        }
        expect(written).toBeLessThan(1_000_000);
      }
      // The other direction is not held up by it.
      to.send("still here");
      await from.untilText("still here");
      to.stream.resume();
      await to.until(({ length }) => length === written);
      expect(Buffer.compare(to.bytes, Buffer.alloc(written, "0123456789"))).toBe(0);
    },
  );

  it("tells an address where nobody listens as the handler's error, and ends the client", async () => {
    const network = createMemoryNetwork();
    const { server, reason, errors } = proxyServer(network.dial("nowhere"));
    await server.listen(network.listener("front"));
    const client = recordStream(await network.dial("front")());
    client.send("hello?");
    client.stream.end();
    await client.untilClosed();
    expect(await reason).toMatchObject({
      by: "local",
      kind: "handler-error",
      error: { code: "connect-failed" },
    });
    expect(errors).toMatchObject([{ code: "connect-failed" }]);
  });

  it("gives up dialling for a client that has gone, and takes no harm", async () => {
    const network = createMemoryNetwork();
    const dialling = deferred();
    const aborted = deferred();
    const { server, reason, errors } = proxyServer((options) => {
      dialling.resolve();
      return new Promise((_, reject) => {
        options?.signal?.addEventListener("abort", () => {
          reject(new ParleyError("aborted", "Given up."));
          aborted.resolve();
        });
      });
    });
    await server.listen(network.listener("front"));
    const client = recordStream(await network.dial("front")());
    await dialling.promise;
    client.stream.destroy();
    await aborted.promise;
    expect(await reason).toMatchObject({ kind: "reset" });
    await turns();
    expect(errors).toEqual([]);
  });

  it("ends both sides when the server drains", async () => {
    const { client, upstream, server } = await line();
    client.send("x");
    await upstream.untilText("x");
    const draining = server.close();
    await Promise.all([client.untilEnded(), upstream.untilEnded()]);
    for (const end of [client, upstream]) end.stream.end();
    expect(await draining).toMatchObject({ aborted: 0 });
  });

  it("works over real sockets, with megabytes", async () => {
    const back = createServer({ codec: rawBytes, handler: echo<Uint8Array>() });
    servers.push(back);
    const [address] = await back.listen("tcp://127.0.0.1:0");
    const { server } = proxyServer(address as string);
    const [front] = await server.listen("tcp://127.0.0.1:0");
    const client = recordStream(await socketDial(front as string)());
    const sent = Buffer.alloc(5_000_000, "0123456789abcdef!");
    client.stream.write(sent);
    client.stream.end();
    await client.untilClosed();
    expect(Buffer.compare(client.bytes, sent)).toBe(0);
  });

  it("refuses an address that is none, at once", () => {
    expect(() => proxy("6666")).toThrow(expect.objectContaining({ code: "bad-address" }));
    expect(() => proxy("tcp://127.0.0.1:1", { lingerMs: -1 })).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
  });
});
