import { fileURLToPath } from "node:url";
import { createClient } from "@parley/client";
import { textLines } from "@parley/core";
import { contract } from "@parley/rpc";
import { createServer, echo, type ServerEmitter, serve } from "@parley/server";
import { createFaultProxy, vanishingClient } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { bell } from "../channel/bell.ts";
import { Child } from "../child/child.ts";
import { besideAProbe, echoedClient, type GoodClient, times } from "./beside-a-probe.ts";

const sums = contract("sums", {
  methods: { double: { params: Type.Object({ n: Type.Number() }), result: Type.Number() }, wait: {} },
});

async function doublingClient(url: string): Promise<GoodClient> {
  const stays = createClient(sums, url);
  const ask = async (client: typeof stays): Promise<void> =>
    expect(await client.call("double", { n: 2 })).toBe(4);
  return {
    request: () => ask(stays),
    async connect() {
      const client = createClient(sums, url);
      await ask(client);
      await client.close();
    },
    close: () => stays.close(),
  };
}

/** Until so many connections were closed for that. */
function closedAs({ events }: { readonly events: ServerEmitter }, count: number): Promise<number[]> {
  return new Promise((resolve) => {
    const after: number[] = [];
    events.on("closed", ({ reason }) => {
      if (reason.kind === "unresponsive" && after.push(reason.afterMs) === count) resolve(after);
    });
  });
}

const intervalMs = 200;

describe("a client that has vanished", () => {
  it.each([
    ["before it said anything", ""],
    ["after a message", "hello\n"],
  ])("%s is given up by the second heartbeat, and nobody else is", async (_, said) => {
    const server = createServer({
      codec: textLines(),
      handler: echo<string>(),
      heartbeat: { intervalMs, message: "are you there?" },
    });
    const given = closedAs(server, 20);
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, textLines(), "probe"),
      async (url) => {
        const clients = await times(20, () => vanishingClient(socketDial(url), Buffer.from(said)));
        expect(new Set(await given)).toEqual(new Set([2 * intervalMs]));
        for (const client of clients) client.stop();
        await Promise.all(clients.map(({ gone }) => gone));
      },
    );
    expect(reasons["unresponsive"]).toBe(20);
  });

  it("in the middle of a call is given up by the second ping, and its call is told to stop", async () => {
    let begun = 0;
    let stopped = 0;
    const server = createServer({
      handler: serve(
        sums,
        {
          double: ({ n }) => 2 * n,
          wait: (_, { signal }) =>
            new Promise<void>((resolve) => {
              begun += 1;
              signal.addEventListener("abort", () => {
                stopped += 1;
                resolve();
              });
            }),
        },
        { pingIntervalMs: intervalMs },
      ),
    });
    const given = closedAs(server, 20);
    const wait = { jsonrpc: "2.0", id: 1, method: "wait", meta: {} };
    const reasons = await besideAProbe(server as never, doublingClient, async (url) => {
      const said = Buffer.from(`${JSON.stringify(wait)}\n`);
      const clients = await times(20, () => vanishingClient(socketDial(url), said));
      for (const afterMs of await given) expect(afterMs).toBeGreaterThanOrEqual(2 * intervalMs);
      for (const client of clients) client.stop();
      await Promise.all(clients.map(({ gone }) => gone));
    });
    expect(reasons["unresponsive"]).toBe(20);
    expect([begun, stopped]).toEqual([20, 20]);
  });
});

describe("a server that has vanished", () => {
  it("behind a network that drops what it says is given up by the second ping, and what waits for it rejected", async () => {
    const server = createServer({
      handler: serve(sums, { double: ({ n }) => 2 * n, wait: () => new Promise(() => {}) }),
    });
    await besideAProbe(server as never, doublingClient, async (url) => {
      const proxy = await createFaultProxy(socketDial(url), { seed: 1, down: { drop: 1 } });
      const client = createClient(sums, proxy.address, { pingIntervalMs: intervalMs, reconnect: false });
      const lost = new Promise((resolve) => client.events.once("disconnected", resolve));
      const call = client.call("wait").catch((error: unknown) => error);
      expect(await lost).toMatchObject({ reason: { by: "local", kind: "unresponsive" } });
      expect(await call).toMatchObject({ code: "connection-lost", sent: true });
      await client.close();
      await proxy.close();
    });
  });

  it.skipIf(process.platform === "win32")(
    "as its process was stopped is given up, and found again once that goes on",
    async () => {
      const child = new Child(fileURLToPath(new URL("../channel/bell-server.ts", import.meta.url)), ["0"]);
      try {
        const client = createClient(bell, await child.listening(), {
          pingIntervalMs: intervalMs,
          reconnect: { maxDelayMs: 500 },
        });
        expect(await client.call("ring", { at: 1 })).toBe(0);
        const lost = new Promise((resolve) => client.events.once("disconnected", resolve));
        child.process.kill("SIGSTOP");
        // The kernel still takes what is sent: there is neither a FIN nor a reset.
        const call = client.call("wait").catch((error: unknown) => error);
        expect(await lost).toMatchObject({ reason: { by: "local", kind: "unresponsive" } });
        expect(await call).toMatchObject({ code: "connection-lost", sent: true });
        child.process.kill("SIGCONT");
        // A process that is slow to go on may be given up once more.
        let rung: unknown;
        do rung = await client.call("ring", { at: 2 }).catch(() => null);
        while (rung === null);
        expect(rung).toBe(0);
        await client.close();
      } finally {
        await child.kill();
      }
    },
  );
});
