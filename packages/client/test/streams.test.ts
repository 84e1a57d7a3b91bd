import { ConnectionLostError, MismatchError } from "@parley/rpc";
import { describe, expect, it } from "vitest";
import { stage } from "./client-stage.ts";
import type { ScriptedConnection } from "./scripted-server.ts";

async function read<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** Plays a countdown's items, and its result. */
async function play(connection: ScriptedConnection, items: readonly number[]): Promise<void> {
  const request = await connection.next();
  for (const item of items) connection.tell("$/output", { id: request.id, item });
  connection.answer(request, "lift-off");
}

describe("a stream", () => {
  it.each(["with", "before"])(
    "yields its items, and has a result: asked for %s the connection",
    async (when) => {
      const { client, server } = await stage();
      if (when === "with") await client.connected();
      const countdown = client.stream("countdown", { from: 3 });
      const connection = await server.next();
      await play(connection, [3, 2, 1]);
      expect(await read(countdown)).toEqual([3, 2, 1]);
      expect(await countdown.result).toBe("lift-off");
      expect(connection.lines[0]).toBe(
        '{"jsonrpc":"2.0","id":1,"method":"countdown","params":{"from":3},"meta":{"credit":64}}',
      );
    },
  );

  it.each(["with", "before"])(
    "is cancelled when it is left early: asked for %s the connection",
    async (when) => {
      const { client, server } = await stage();
      if (when === "with") await client.connected();
      const countdown = client.stream("countdown", { from: 3 });
      const connection = await server.next();
      const { id } = await connection.next();
      connection.tell("$/output", { id, item: 3 });
      for await (const item of countdown) {
        expect(item).toBe(3);
        break;
      }
      expect(await connection.next()).toMatchObject({ method: "$/cancelRequest", params: { id } });
      await expect(countdown.result).rejects.toMatchObject({ code: "aborted" });
    },
  );

  it("is not even begun when it is left while it waits", async () => {
    const { client, server } = await stage({ lazy: true });
    const countdown = client.stream("countdown", { from: 3 });
    const reading = read(countdown);
    countdown.cancel();
    expect(await reading).toEqual([]);
    await expect(countdown.result).rejects.toMatchObject({ code: "aborted" });
    await client.connected();
    expect((await server.next()).lines).toEqual([]);
  });

  it("waits for a connection within its deadline", async () => {
    const { client, clock, server } = await stage({ lazy: true });
    await server.close();
    const reading = read(client.stream("countdown", { from: 3 }, { timeoutMs: 40 }));
    clock.advance(40);
    await expect(reading).rejects.toMatchObject({ code: "timeout", sent: false });
  });

  it("fails with the connection, and is not begun again", async () => {
    const { client, server } = await stage();
    const countdown = client.stream("countdown", { from: 3 });
    const connection = await server.next();
    const { id } = await connection.next();
    connection.tell("$/output", { id, item: 3 });
    const items: number[] = [];
    await expect(
      (async () => {
        for await (const item of countdown) {
          items.push(item);
          connection.reset();
        }
      })(),
    ).rejects.toBeInstanceOf(ConnectionLostError);
    expect(items).toEqual([3]);
  });

  it("is refused at once if it does not match the contract", async () => {
    const { client } = await stage();
    await client.connected();
    // @ts-expect-error It has no beginning.
    expect(() => client.stream("countdown", {})).toThrow(MismatchError);
    // @ts-expect-error It answers once.
    expect(() => client.stream("add", { a: 1, b: 2 })).toThrow("use call(), not stream()");
  });
});
