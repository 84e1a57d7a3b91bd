import { connect } from "@parley/client";
import type { Codec } from "@parley/core";
import type { Server } from "@parley/server";
import { type MemoryHeld, memoryHeld, type ProbeReport, startProbe, watchResources } from "@parley/testkit";
import { expect } from "vitest";

/** What a probe does: a request on a connection that stays, and one on a connection of its own. */
export interface GoodClient {
  request(): Promise<unknown>;
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
}

/** A good client of a server that echoes: what it sends comes back. */
export async function echoedClient<T>(url: string, codec: Codec<T>, message: T): Promise<GoodClient> {
  const stays = await connect(url, codec);
  const answers = stays[Symbol.asyncIterator]();
  return {
    async request() {
      stays.send(message);
      expect(await answers.next()).toEqual({ done: false, value: message });
    },
    async connect() {
      const connection = await connect(url, codec);
      connection.send(message);
      for await (const answer of connection) {
        expect(answer).toEqual(message);
        break;
      }
      await connection.close();
    },
    close: () => stays.close(),
  };
}

const mebibyte = 1024 * 1024;
/** What memory may grow by: what is compiled meanwhile stays, and so do, up to 28 MiB, buffers for output that all connections share. */
const mayGrowBy: MemoryHeld = { heap: 8 * mebibyte, buffers: 32 * mebibyte };

/** What was held when garbage was last collected. */
let held: MemoryHeld | null = null;

/** Expects that what is held has hardly grown since. To collect garbage where there is little of it would double what tests take. */
async function expectLittleMoreHeld(before: MemoryHeld): Promise<void> {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  if (heapUsed - before.heap < mayGrowBy.heap && arrayBuffers - before.buffers < mayGrowBy.buffers) return;
  held = await memoryHeld();
  expect(held.heap - before.heap).toBeLessThan(mayGrowBy.heap);
  expect(held.buffers - before.buffers).toBeLessThan(mayGrowBy.buffers);
}

/** Why a server closed connections, and how often. */
export type Reasons = Readonly<Record<string, number>>;

/**
 * Has a server listen at a port of its own while `act` does its worst to it, beside a probe; expects that the probe saw no error, however
 * short `act` was, and that nothing was left behind once the server is closed. Answers why connections were closed, and how often.
 */
export async function besideAProbe<T>(
  server: Server<T>,
  goodClient: (url: string) => Promise<GoodClient>,
  act: (url: string) => Promise<unknown>,
): Promise<Reasons> {
  const before = (held ??= await memoryHeld());
  const watch = watchResources();
  const reasons: Record<string, number> = {};
  const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
  const good = await goodClient(url);
  const probe = startProbe(good);
  server.events.on("closed", ({ reason }) => {
    reasons[reason.kind] = (reasons[reason.kind] ?? 0) + 1;
  });
  await act(url);
  await good.request();
  await good.connect();
  const report: ProbeReport = await probe.stop();
  await good.close();
  await server.close({ graceMs: 1_000 });
  expect(report.errors).toEqual([]);
  expect(await watch.leftBehind()).toEqual([]);
  watch.stop();
  await expectLittleMoreHeld(before);
  return reasons;
}

export const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
