import { setImmediate } from "node:timers/promises";
import { createClient } from "@parley/client";
import { contract, type SignatureOf } from "@parley/rpc";
import { createServer, type RpcServer, serve } from "@parley/server";
import { Type } from "typebox";
import { afterEach, expect, it } from "vitest";

const source = contract("source", {
  methods: { count: { params: Type.Object({ to: Type.Integer() }), output: Type.Integer() } },
});

let server: RpcServer<SignatureOf<typeof source>> | null = null;
afterEach(async () => {
  await server?.close();
});

/** A service that counts, and tells how far it has come, and when it was told that nobody listens any more. */
async function counting() {
  let tellEnded = (): void => {};
  const untilEnded = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });
  const state = { produced: 0, ended: 0, untilEnded };
  server = createServer({
    handler: serve(source, {
      async *count({ to }) {
        try {
          while (state.produced < to) yield ++state.produced;
        } finally {
          state.ended += 1;
          tellEnded();
        }
      },
    }),
  });
  const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
  return { url, state };
}

it("streams 10⁶ items to a slow reader, never further ahead of it than the window", async () => {
  const { url, state } = await counting();
  await using client = createClient(source, url, { streamWindow: 64 });
  let read = 0;
  let ahead = 0;
  for await (const item of client.stream("count", { to: 1_000_000 })) {
    // An assertion for each would take longer than the stream.
    if (item !== read + 1) expect(item).toBe(read + 1);
    read = item;
    ahead = Math.max(ahead, state.produced - read);
    if (read % 5_000 === 0) await setImmediate();
  }
  expect(read).toBe(1_000_000);
  expect(ahead).toBeLessThanOrEqual(64 + 1);
  expect(ahead).toBeGreaterThan(0);
  expect(state.ended).toBe(1);
});

it("tells the generator when its reader leaves early", async () => {
  const { url, state } = await counting();
  await using client = createClient(source, url);
  for await (const item of client.stream("count", { to: 1_000_000 })) if (item === 10) break;
  await state.untilEnded;
  expect(state.produced).toBeLessThan(200);
  expect(client.state).toBe("connected");
});
