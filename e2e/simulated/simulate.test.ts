import { connect } from "@parley/client";
import { textLines } from "@parley/core";
import { createServer, echo } from "@parley/server";
import { simulate, type World } from "@parley/testkit";
import { describe, expect, it } from "vitest";

/** A line there and back, and the end of both. */
async function exchange({ clock, network, note }: World): Promise<void> {
  const server = createServer({ codec: textLines(), handler: echo(), clock });
  await server.listen(network.listener("echo"));
  const connection = await connect(network.dial("echo"), textLines(), { clock });
  connection.send("hello");
  for await (const line of connection) {
    note(`back: ${line}`);
    break;
  }
  await connection.close();
  await server.close();
}

describe("a simulation", () => {
  it("lets hours pass in no time", async () => {
    const begun = process.hrtime.bigint();
    const { ms } = await simulate(1, ({ sleep }) => sleep(3_599_000));
    expect(ms).toBe(3_599_000);
    expect(Number(process.hrtime.bigint() - begun) / 1e9).toBeLessThan(3_599);
  });

  it("is the same run for the same seed, and another for another", async () => {
    const [first, again, other] = [
      await simulate(7, exchange),
      await simulate(7, exchange),
      await simulate(8, exchange),
    ];
    expect(first.log.at(-1)).toContain("back: hello");
    expect(again).toEqual(first);
    expect(other.log).not.toEqual(first.log);
  });

  it("has a timeout fall due without waiting for it", async () => {
    const { ms } = await simulate(3, async ({ clock, network }) => {
      const server = createServer({
        codec: textLines(),
        handler: { message() {} },
        clock,
        idleTimeoutMs: 60_000,
      });
      await server.listen(network.listener("idle"));
      const connection = await connect(network.dial("idle"), textLines(), { clock });
      for await (const _ of connection) expect.unreachable();
      await server.close();
    });
    expect(ms).toBeGreaterThanOrEqual(60_000);
    expect(ms).toBeLessThan(120_000);
  });

  it("holds up what a partition cuts off, and delivers it in order once it is healed", async () => {
    const { log } = await simulate(5, async (world) => {
      const { clock, network, note, sleep } = world;
      const server = createServer({ codec: textLines(), handler: { message: (line) => note(line) }, clock });
      await server.listen(network.listener("there"));
      const connection = await connect(network.dial("there"), textLines(), { clock });
      network.partition("there");
      for (const line of ["one", "two", "three"]) connection.send(line);
      await sleep(1_000);
      note("still nothing");
      network.heal("there");
      await sleep(1_000);
      await connection.close();
      await server.close();
    });
    const told = log.map((line) => line.split(" ").slice(1).join(" "));
    expect(told.filter((line) => /^(still|one|two|three)/.test(line))).toEqual([
      "still nothing",
      "one",
      "two",
      "three",
    ]);
  });

  it("resets connections, and both ends hear of it", async () => {
    await simulate(6, async ({ clock, network, sleep }) => {
      const reasons: string[] = [];
      const server = createServer({
        codec: textLines(),
        handler: { message() {}, closed: (_, reason) => void reasons.push(`server: ${reason.kind}`) },
        clock,
      });
      await server.listen(network.listener("there"));
      const closed = {
        message() {},
        closed: (_: unknown, reason: { kind: string }) => void reasons.push(`client: ${reason.kind}`),
      };
      await connect(network.dial("there"), textLines(), { clock, handler: closed });
      await sleep(100);
      expect(network.reset("there")).toBe(1);
      await sleep(100);
      expect(reasons.sort()).toEqual(["client: reset", "server: reset"]);
      await server.close();
    });
  });

  it("says with which seed a scenario failed, or came to a stop", async () => {
    const broken = simulate(41, async () => {
      throw new Error("out of ink");
    });
    await expect(broken).rejects.toThrow(/out of ink \(seed 41/);
    await expect(simulate(42, () => new Promise(() => {}))).rejects.toThrow(
      /nothing is left to happen \(seed 42/,
    );
    const forever = async ({ sleep }: World) => {
      for (;;) await sleep(1_000);
    };
    await expect(simulate(43, forever, { maxMs: 10_000 })).rejects.toThrow(
      /not ended after 10000 ms \(seed 43/,
    );
  });
});
