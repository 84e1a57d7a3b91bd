import { createClient } from "@parley/client";
import { contract } from "@parley/rpc";
import { createServer, serve } from "@parley/server";
import { simulate } from "@parley/testkit";
import { describe, expect, it } from "vitest";

const nothing = contract("nothing", { methods: { ask: {} } });
/** A thousand take as many seconds as a test of theirs is worth; `back-off.test.ts` has them, without connections. */
const clientCount = 300;

/** When clients come back, in milliseconds from the return of a server that was gone for so long. */
async function returns(seed: number, goneForMs: number): Promise<number[]> {
  const back: number[] = [];
  await simulate(seed, async ({ clock, network, random, sleep }) => {
    const begin = async () => {
      const server = createServer({ handler: serve(nothing, { ask() {} }), clock, idleTimeoutMs: 600_000 });
      await server.listen(network.listener("server"));
      return server;
    };
    const first = await begin();
    const clients = Array.from({ length: clientCount }, (_, index) =>
      createClient(nothing, network.dial("server"), { clock, random, instance: String(index) }),
    );
    await Promise.all(clients.map((client) => client.connected()));
    network.reset("server");
    await first.close({ graceMs: 0 });
    await sleep(goneForMs);
    const since = clock.now();
    for (const client of clients) client.events.once("connected", () => void back.push(clock.now() - since));
    const second = await begin();
    await Promise.all(clients.map((client) => client.connected({ timeoutMs: 60_000 })));
    await Promise.all(clients.map((client) => client.close()));
    await second.close();
  });
  return back.sort((a, b) => a - b);
}

describe("a server that all its clients have lost at once", () => {
  it.each([15])("for %i s sees no more than a fifth of them come back in any second", async (seconds) => {
    const seed = 1;
    const back = await returns(seed, seconds * 1_000);
    expect(back, `seed ${seed}`).toHaveLength(clientCount);
    for (const [index, at] of back.entries()) {
      const behind = back[index + clientCount / 5];
      if (behind !== undefined)
        expect(behind - at, `seed ${seed}, from ${at} ms on`).toBeGreaterThanOrEqual(1_000);
    }
  });
});
