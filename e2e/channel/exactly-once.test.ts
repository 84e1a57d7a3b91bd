import { randomInt } from "node:crypto";
import { createClient } from "@parley/client";
import { jsonLines } from "@parley/core";
import { contract, RpcError } from "@parley/rpc";
import { createServer, serve } from "@parley/server";
import { seededRandom } from "@parley/testkit";
import { Type } from "typebox";
import { expect, it } from "vitest";
import { FaultyRelay } from "./faulty-relay.ts";

const numbered = { params: Type.Object({ n: Type.Integer() }), result: Type.Integer() };
const ledger = contract("ledger", {
  methods: { once: numbered, repeatable: { ...numbered, idempotent: true }, keyed: numbered },
});
type Kind = "once" | "repeatable" | "keyed";
const kinds: readonly Kind[] = ["once", "repeatable", "keyed"];

const callsInAll = Number(process.env["PARLEY_FAULT_CALLS"] ?? 100_000);
const clientCount = 10;
const inFlight = 30;

it("settles each of 10⁵ calls once, and runs none more often than promised, whatever befalls their answers", async () => {
  const seed = Number(process.env["PARLEY_SEED"] ?? randomInt(2 ** 32));
  const chance = seededRandom(seed);
  const runs = new Map<number, number>();
  const run = ({ n }: { n: number }): number => {
    runs.set(n, (runs.get(n) ?? 0) + 1);
    return -n;
  };
  const handler = serve(ledger, { once: run, repeatable: run, keyed: run }, { maxKeys: callsInAll });
  await using server = createServer({ codec: jsonLines(), handler });
  const [upstream] = (await server.listen("tcp://127.0.0.1:0")) as [string];
  const faults = { reset: 0.0005, hold: 0.001, holdMs: 1_500, duplicate: 0.02, swap: 0.02 };
  const relay = new FaultyRelay(upstream, faults, chance);
  const url = await relay.listen();
  const outcomes: Record<Kind, Record<string, number>> = { once: {}, repeatable: {}, keyed: {} };
  const wrong: string[] = [];

  async function make(client: ReturnType<typeof open>, n: number): Promise<void> {
    const kind = kinds[Math.floor(chance() * kinds.length)] as Kind;
    let settled = 0;
    let outcome = "result";
    await client
      .call(kind, { n }, { timeoutMs: 1_000, ...(kind === "keyed" && { key: true }) })
      .then(
        (result) => {
          if (result !== -n) wrong.push(`${kind} ${n} got the result of another call: ${result}`);
        },
        (error: { code: string }) => {
          outcome = error instanceof RpcError ? String(error.rpcCode) : error.code;
        },
      )
      .finally(() => {
        settled += 1;
      });
    const times = runs.get(n) ?? 0;
    if (settled !== 1) wrong.push(`${kind} ${n} settled ${settled} times`);
    if (outcome === "result" && times === 0) wrong.push(`${kind} ${n} has a result and never ran`);
    if (kind !== "repeatable" && times > 1) wrong.push(`${kind} ${n} ran ${times} times`);
    outcomes[kind][outcome] = (outcomes[kind][outcome] ?? 0) + 1;
  }

  const open = () =>
    createClient(ledger, url, { random: chance, reconnect: { initialDelayMs: 1, maxDelayMs: 20 } });
  let next = 0;
  async function work(): Promise<void> {
    await using client = open();
    const worker = async (): Promise<void> => {
      while (next < callsInAll) await make(client, ++next);
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  }
  await Promise.all(Array.from({ length: clientCount }, work));
  await relay.close();

  const told = `seed ${seed}, faults ${JSON.stringify(relay.counts)}, outcomes ${JSON.stringify(outcomes)}`;
  console.log(told);
  // What a client gave up may still have been on its way when it did so.
  for (const [n, times] of runs) if (times > 4) wrong.push(`${n} ran ${times} times`);
  expect(wrong, told).toEqual([]);
  const settled = kinds
    .flatMap((kind) => Object.values(outcomes[kind]))
    .reduce((sum, count) => sum + count, 0);
  expect(settled, told).toBe(callsInAll);
  for (const [fault, count] of Object.entries(relay.counts))
    expect(count, `${fault}, ${told}`).toBeGreaterThan(0);
  for (const kind of kinds) {
    // Its result, its deadline, or a loss: of a call that may be sent again, once all attempts are spent.
    const allowed = ["connection-lost", "result", "timeout"];
    expect(allowed, told).toEqual(expect.arrayContaining(Object.keys(outcomes[kind])));
    expect(outcomes[kind]["result"], told).toBeGreaterThan(0);
  }
  expect(outcomes.once, told).toHaveProperty("connection-lost");
  const lost = kinds.map((kind) => outcomes[kind]["connection-lost"] ?? 0) as [number, number, number];
  expect(lost[1] + lost[2], told).toBeLessThan(lost[0]);
}, 120_000);
