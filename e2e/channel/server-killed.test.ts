import { fileURLToPath } from "node:url";
import { type Client, createClient } from "@parley/client";
import { ConnectionLostError, type SignatureOf } from "@parley/rpc";
import { afterEach, expect, it } from "vitest";
import { Child } from "../child/child.ts";
import { bell } from "./bell.ts";

const program = fileURLToPath(new URL("bell-server.ts", import.meta.url));
const children = new Set<Child>();

afterEach(async () => {
  await Promise.all([...children].map(kill));
});

async function kill(child: Child): Promise<void> {
  children.delete(child);
  await child.kill();
}

async function start(port = 0): Promise<{ child: Child; url: string; port: number }> {
  const child = new Child(program, [String(port)]);
  children.add(child);
  const url = await child.listening();
  return { child, url, port: Number(new URL(url).port) };
}

const clientCount = 100;

it("rejects every pending call of 100 clients when the server is killed, and has all of them back with their subscriptions", async () => {
  const first = await start();
  const clients = Array.from({ length: clientCount }, () =>
    createClient(bell, first.url, { reconnect: { maxDelayMs: 2_000 } }),
  );
  try {
    const heard = new Map<number, Set<Client<SignatureOf<typeof bell>>>>();
    let looks: (() => void)[] = [];
    for (const client of clients) {
      client.on("rung", ({ at }) => {
        heard.set(at, (heard.get(at) ?? new Set()).add(client));
        for (const look of looks) look();
      });
    }
    const allHear = (at: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (heard.get(at)?.size === clientCount) resolve();
        };
        looks = [look];
        look();
      });
    await Promise.all(clients.map(subscribed));
    expect(await (clients[0] as (typeof clients)[0]).call("ring", { at: 1 })).toBe(clientCount);
    await allHear(1);

    const pending = clients.map((client) =>
      client.call("wait", undefined, { timeoutMs: 60_000 }).catch((error: unknown) => error),
    );
    await Promise.all(clients.map((client) => client.call("ring", { at: 2 })));
    const delays = new Set<number>();
    for (const client of clients) client.events.once("reconnecting", ({ delayMs }) => delays.add(delayMs));
    const back = clients.map(subscribed);
    await kill(first.child);
    for (const error of await Promise.all(pending)) {
      expect(error).toBeInstanceOf(ConnectionLostError);
      expect(error).toMatchObject({ code: "connection-lost", sent: true });
    }

    await start(first.port);
    await Promise.all(back);
    expect(delays.size).toBeGreaterThan(clientCount / 2);
    expect(await (clients[0] as (typeof clients)[0]).call("ring", { at: 3 })).toBe(clientCount);
    await allHear(3);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
});

function subscribed(client: Client<SignatureOf<typeof bell>>): Promise<void> {
  return new Promise((resolve) => client.events.once("subscribed", () => resolve()));
}
