import { manualClock } from "@parley/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { RecentKeys } from "../src/engine/key-memory.ts";
import { type Context, handMade, numbers, only } from "./hand-made.ts";
import { type JoinedParts, joinSessions, settled } from "./joined-sessions.ts";

const runs: { readonly context: Context; resolve(n: number): void; reject(error: unknown): void }[] = [];
const service = handMade({
  pay: {
    result: numbers,
    run: (_params: unknown, context: Context) =>
      new Promise((resolve, reject) => void runs.push({ context, resolve, reject })),
  },
});

beforeEach(() => void runs.splice(0));

/** Any number of connections to one server, which remembers for 1,000 ms. */
function server(maxKeys = 10) {
  const clock = manualClock();
  const keys = new RecentKeys(
    { keyMemoryMs: 1_000, maxKeys, maxKeyBytes: 1_000_000, maxKeysPerPrincipal: Number.POSITIVE_INFINITY },
    () => clock.now(),
  );
  const connect = (parts: JoinedParts = {}) => joinSessions({ service, keys, clock, ...parts });
  return { clock, connect };
}

const pay = (key: string, more = {}) => service.request("pay", 0, { key, ...more });

describe("a call with a key", () => {
  it("runs once: a repetition on any connection gets the outcome, while it runs and after", async () => {
    const { connect } = server();
    const [one, two] = [connect(), connect()];
    const calls = [one.client.session.call(pay("k")), two.client.session.call(pay("k"))];
    await settled();
    expect(runs).toHaveLength(1);
    expect(two.server.session.working).toBe(1);
    runs[0]?.resolve(5);
    expect(await Promise.all(calls)).toEqual([5, 5]);
    expect(await two.client.session.call(pay("k"))).toBe(5);
    expect(runs).toHaveLength(1);
    expect([one, two].map(({ server: { session, channel } }) => [session.working, channel.working])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it("runs once where it failed, too, and the repetition finds the same entry of the log", async () => {
    const { connect } = server();
    const [one, two] = [connect(), connect()];
    const calls = [one, two].map(({ client }) => client.session.call(pay("k")));
    await settled();
    runs[0]?.reject(new Error("secret"));
    for (const call of calls) await expect(call).rejects.toMatchObject({ rpcCode: -32603, data: "server.1" });
    expect([one.server.failures.length, two.server.failures.length]).toEqual([1, 0]);
  });

  it("survives its connection: the repetition on the next gets what the first came to", async () => {
    const { connect } = server();
    const one = connect();
    const lost = one.client.session.call(pay("k"));
    await settled();
    one.close();
    await expect(lost).rejects.toMatchObject({ code: "connection-lost", sent: true });
    expect(runs[0]?.context.signal.aborted).toBe(false);
    expect(one.server.session.working).toBe(1);
    const two = connect();
    const again = two.client.session.call(pay("k"));
    await settled();
    runs[0]?.resolve(7);
    expect(await again).toBe(7);
    expect(runs).toHaveLength(1);
    expect([one.server.session.working, one.server.channel.working]).toEqual([0, 0]);
  });

  it("that waits for another's outcome is through when its connection closes, it is cancelled or late", async () => {
    const { connect, clock } = server();
    const one = connect();
    const first = one.client.session.call(pay("k"));
    await settled();
    const two = connect();
    const stop = new AbortController();
    const calls = [{ signal: stop.signal }, { timeoutMs: 50 }, {}].map((more) =>
      two.client.session.call(pay("k", more)).catch((error: { code: string }) => error.code),
    );
    await settled();
    expect(two.server.session.working).toBe(3);
    stop.abort();
    await settled();
    expect(two.server.session.working).toBe(2);
    clock.advance(50);
    await settled();
    expect(two.server.session.working).toBe(1);
    two.close();
    expect([two.server.session.working, two.server.channel.working]).toEqual([0, 0]);
    expect(await Promise.all(calls)).toEqual(["aborted", "timeout", "connection-lost"]);
    runs[0]?.resolve(1);
    expect(await first).toBe(1);
    expect(runs).toHaveLength(1);
  });

  it("that is not remembered any more, or finds the memory full, is not started", async () => {
    const { connect, clock } = server(1);
    const { client } = connect();
    const first = client.session.call(pay("i:1"));
    await settled();
    await expect(client.session.call(pay("i:2"))).rejects.toMatchObject({ rpcCode: -32007 });
    runs[0]?.resolve(1);
    await first;
    clock.advance(1_000);
    await expect(client.session.call(pay("i:1"))).rejects.toMatchObject({ rpcCode: -32007 });
    expect(runs).toHaveLength(1);
  });

  it("belongs to its principal", async () => {
    const { connect } = server();
    for (const principal of ["a", "b"])
      void connect({ principal })
        .client.session.call(pay("k"))
        .catch(() => {});
    await settled();
    expect(runs).toHaveLength(2);
  });

  it("whose parameters are wrong is told so, and its key is free", async () => {
    const strict = handMade({ pay: { params: only(numbers), run: (n: number) => n } });
    const { client } = server().connect({ service: strict });
    await expect(client.session.call(pay("k"))).rejects.toMatchObject({ rpcCode: -32602 });
    expect(await client.session.call(strict.request("pay", 5, { key: "k" }))).toBe(5);
  });

  it("means nothing where keys are not heeded: it runs each time, and ends with its connection", async () => {
    const joined = joinSessions({ service });
    const calls = [1, 2].map(() => joined.client.session.call(pay("k")));
    await settled();
    expect(runs).toHaveLength(2);
    joined.close();
    expect(runs.map(({ context }) => context.signal.aborted)).toEqual([true, true]);
    await Promise.allSettled(calls);
  });
});
