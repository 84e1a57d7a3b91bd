import { connect, createClient } from "@parley/client";
import { type Connection, jsonLines, textLines } from "@parley/core";
import { contract } from "@parley/rpc";
import { createServer, echo, serve } from "@parley/server";
import { createFaultProxy, type Faults, simulate, type World } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";

/** A proxy of the world's before an echo server of its own, and a connection through it. */
async function throughProxy(world: World, seed: number, faults: { up?: Faults; down?: Faults }) {
  const { clock, network } = world;
  const ended: string[] = [];
  const server = createServer({
    codec: textLines(),
    handler: { ...echo<string>(), closed: (_, reason) => void ended.push(`server: ${reason.kind}`) },
    clock,
  });
  await server.listen(network.listener("server"));
  const listen = network.listener("proxy");
  const proxy = await createFaultProxy(network.dial("server"), { seed, ...faults, listen, clock });
  const connection = await connect(network.dial("proxy"), textLines(), { clock });
  return { server, proxy, connection, ended };
}

async function read(connection: Connection<string>, count: number): Promise<string[]> {
  const lines: string[] = [];
  if (count === 0) return lines;
  for await (const line of connection) if (lines.push(line) === count) break;
  return lines;
}

const sent = Array.from({ length: 50 }, (_, i) => `line ${i} ${"x".repeat(i)}`);

describe("a fault proxy", () => {
  it.each<[string, Faults]>([
    ["as it comes", {}],
    ["byte by byte", { maxPieceBytes: 1 }],
    ["in other pieces", { maxPieceBytes: 20 }],
    ["late, and together", { maxDelayMs: 50 }],
    ["late, in pieces", { maxDelayMs: 5, maxPieceBytes: 9 }],
    ["slowly", { bytesPerSecond: 5_000, maxPieceBytes: 100 }],
    ["with pauses", { stall: 0.3, stallMs: 500, maxPieceBytes: 100 }],
  ])("delivers all there is, %s", async (_, faults) => {
    await simulate(1, async (world) => {
      const { server, proxy, connection } = await throughProxy(world, 2, { up: faults, down: faults });
      for (const line of sent) connection.send(line);
      expect(await read(connection, sent.length)).toEqual(sent);
      await connection.close();
      await proxy.close();
      await server.close();
      expect(proxy.connections).toBe(0);
    });
  });

  it("takes as long as its rate says", async () => {
    const slow = async (world: World): Promise<void> => {
      const { server, proxy, connection } = await throughProxy(world, 2, {
        up: { bytesPerSecond: 1_000, maxPieceBytes: 50 },
      });
      connection.send("x".repeat(9_999));
      await read(connection, 1);
      await connection.close();
      await proxy.close();
      await server.close();
    };
    const { ms } = await simulate(1, slow, { maxLatencyMs: 0 });
    expect(ms).toBeGreaterThanOrEqual(10_000);
    expect(ms).toBeLessThan(10_001);
  });

  it("resets both connections", async () => {
    await simulate(1, async (world) => {
      const { server, proxy, connection, ended } = await throughProxy(world, 2, { up: { reset: 1 } });
      connection.send("hello");
      const reading = read(connection, 1);
      await expect(reading).rejects.toMatchObject({ code: "closed", reason: { kind: "reset" } });
      await world.sleep(1_000);
      expect(ended).toEqual(["server: reset"]);
      expect([proxy.counts.reset, proxy.connections]).toEqual([1, 0]);
      await proxy.close();
      await server.close();
    });
  });

  it("drops one direction, and the other goes on", async () => {
    await simulate(1, async (world) => {
      const { server, proxy, connection } = await throughProxy(world, 2, { down: { drop: 1 } });
      connection.send("hello");
      await world.sleep(5_000);
      const [served] = server.connections();
      expect([served?.counters.messagesIn, connection.counters.bytesIn]).toEqual([1, 0]);
      expect(connection.state).toBe("open");
      connection.destroy();
      await proxy.close();
      await server.close();
    });
  });

  it("ends one direction early, by a FIN", async () => {
    await simulate(1, async (world) => {
      const { server, proxy, connection } = await throughProxy(world, 2, { down: { halfClose: 1 } });
      connection.send("hello");
      expect(await read(connection, 1)).toEqual([]);
      connection.destroy();
      await proxy.close();
      await server.close();
    });
  });

  it("does the same for the same seed", async () => {
    const faults = { maxPieceBytes: 5, maxDelayMs: 10, stall: 0.05, reset: 0.002 };
    const play = (seed: number) =>
      simulate(9, async (world) => {
        const { server, proxy, connection } = await throughProxy(world, seed, { up: faults, down: faults });
        for (const line of sent) connection.send(line);
        await read(connection, sent.length).then(
          () => world.note("all came"),
          () => world.note("it was reset"),
        );
        world.note(JSON.stringify(proxy.counts));
        connection.destroy();
        await proxy.close();
        await server.close();
      });
    expect(await play(3)).toEqual(await play(3));
    expect((await play(4)).log).not.toEqual((await play(3)).log);
  });

  it("takes none of those with it that were still being made when it closed", async () => {
    await simulate(1, async ({ clock, network, sleep }) => {
      const ended: string[] = [];
      const handler = { ...echo<string>(), closed: () => void ended.push("server") };
      const server = createServer({ codec: textLines(), handler, clock });
      await server.listen(network.listener("server"));
      const dial = network.dial("server");
      const proxy = await createFaultProxy(() => sleep(1_000).then(() => dial()), {
        seed: 1,
        listen: network.listener("proxy"),
        clock,
      });
      const here = { ...echo<string>(), closed: () => void ended.push("client") };
      await connect(network.dial("proxy"), textLines(), { clock, handler: here });
      await proxy.close();
      await sleep(2_000);
      expect([ended.toSorted(), proxy.connections]).toEqual([["client", "server"], 0]);
      await server.close();
    });
  });

  it("stands before real sockets", async () => {
    const sums = contract("sums", {
      methods: {
        add: {
          params: Type.Object({ a: Type.Number(), b: Type.Number() }),
          result: Type.Number(),
          idempotent: true,
        },
      },
    });
    await using server = createServer({
      codec: jsonLines(),
      handler: serve(sums, { add: ({ a, b }) => a + b }),
    });
    const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
    const pieces = { maxPieceBytes: 7, reset: 0.01 };
    const proxy = await createFaultProxy(socketDial(url), { seed: 11, up: pieces, down: pieces });
    const client = createClient(sums, proxy.address, {
      maxAttempts: 1_000,
      reconnect: { initialDelayMs: 1, maxDelayMs: 5 },
    });
    for (let a = 0; a < 100; a++) expect(await client.call("add", { a, b: 1 })).toBe(a + 1);
    expect(proxy.counts.reset).toBeGreaterThan(0);
    await client.close();
    await proxy.close();
  });

  it.each([
    ["probability", { reset: 2 }, "reset is 2"],
    ["length", { maxPieceBytes: 0 }, "maxPieceBytes"],
  ])("refuses a %s that is none", async (_, up, message) => {
    await expect(createFaultProxy(socketDial("tcp://127.0.0.1:1"), { seed: 1, up })).rejects.toThrow(message);
  });
});
