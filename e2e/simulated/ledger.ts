import { createClient } from "@parley/client";
import { jsonLines } from "@parley/core";
import { contract, RpcError } from "@parley/rpc";
import { createServer, serve } from "@parley/server";
import type { World } from "@parley/testkit";
import { Type } from "typebox";

const numbered = { params: Type.Object({ n: Type.Integer() }), result: Type.Integer() };
const ledger = contract("ledger", {
  methods: { once: numbered, repeatable: { ...numbered, idempotent: true }, keyed: numbered },
});
type Kind = "once" | "repeatable" | "keyed";
const kinds: readonly Kind[] = ["once", "repeatable", "keyed"];

const clients = 3;
const callsEach = 8;
const name = "ledger";

/** What came of a run of the scenario: nothing, if all was as promised. */
export interface Findings {
  readonly wrong: string[];
  /** How often each came about. */
  readonly counts: Record<"restarts" | "partitions" | "resets" | "results" | "failures", number>;
}

/**
 * Three clients call a ledger whose server is restarted, cut off and reset by chance. Each call settles exactly once, with its own result or a
 * failure; what may not be repeated runs once, and what has a key once on each server that ran; and when all are closed, no timer is left.
 */
export async function playLedger(world: World, findings: Findings): Promise<void> {
  const { clock, network, random, sleep } = world;
  const { wrong, counts } = findings;
  let generation = 0;
  /** How often a call ran, on each of the servers. */
  const runs = new Map<number, Map<number, number>>();
  const run = async ({ n }: { n: number }): Promise<number> => {
    const times = runs.get(n) ?? new Map<number, number>();
    runs.set(n, times.set(generation, (times.get(generation) ?? 0) + 1));
    world.note(`${n} runs`);
    if (random() < 0.5) await sleep(random() * 50);
    return -n;
  };
  const start = async () => {
    generation += 1;
    const server = createServer({
      codec: jsonLines(),
      handler: serve(ledger, { once: run, repeatable: run, keyed: run }),
      clock,
    });
    await server.listen(network.listener(name));
    world.note(`server ${generation} listens`);
    return server;
  };
  let server = await start();
  let isOver = false;

  async function trouble(): Promise<void> {
    while (!isOver) {
      await sleep(random() * 300);
      const kind = random();
      if (kind < 0.3) {
        network.partition(name);
        counts.partitions += 1;
        await sleep(random() * 400);
        network.heal(name);
      } else if (kind < 0.7) counts.resets += network.reset(name, random());
      else {
        await server.close({ graceMs: random() < 0.5 ? 0 : 100 });
        await sleep(random() * 200);
        server = await start();
        counts.restarts += 1;
      }
    }
  }

  async function work(first: number): Promise<void> {
    const client = createClient(ledger, network.dial(name), {
      clock,
      random,
      instance: `client-${first}`,
      reconnect: { initialDelayMs: 5, maxDelayMs: 100 },
    });
    await Promise.all(Array.from({ length: callsEach }, (_, i) => call(client, first + i)));
    await client.close();
  }

  async function call(client: ReturnType<typeof open>, n: number): Promise<void> {
    await sleep(random() * 1_000);
    const kind = kinds[Math.floor(random() * kinds.length)] as Kind;
    let settled = 0;
    let isResult = false;
    await client
      .call(
        kind,
        { n },
        { timeoutMs: 100 + Math.floor(random() * 900), ...(kind === "keyed" && { key: true }) },
      )
      .then(
        (result) => {
          isResult = true;
          if (result !== -n) wrong.push(`${kind} ${n} got the result of another call: ${result}`);
        },
        (error: Error & { code?: string }) => {
          const allowed = ["timeout", "connection-lost", "unavailable"];
          if (!allowed.includes(error.code ?? "") && !(error instanceof RpcError && kind === "keyed"))
            wrong.push(`${kind} ${n} failed unexpectedly: ${error.message}`);
        },
      )
      .finally(() => {
        settled += 1;
      });
    if (settled !== 1) wrong.push(`${kind} ${n} settled ${settled} times`);
    counts[isResult ? "results" : "failures"] += 1;
    const times = [...(runs.get(n)?.values() ?? [])];
    if (isResult && times.length === 0) wrong.push(`${kind} ${n} has a result and never ran`);
    if (kind === "once" && times.reduce((sum, count) => sum + count, 0) > 1)
      wrong.push(`${n} ran more than once`);
    if (kind === "keyed" && times.some((count) => count > 1))
      wrong.push(`${n} ran more than once on one server`);
    world.note(`${n} (${kind}) ${isResult ? "has its result" : "has failed"}`);
  }

  const open = () => createClient(ledger, network.dial(name));
  const troubles = trouble();
  await Promise.all(Array.from({ length: clients }, (_, i) => work(i * callsEach + 1)));
  isOver = true;
  await troubles;
  await server.close({ graceMs: 0 });
}
