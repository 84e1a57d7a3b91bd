import { setTimeout as sleep } from "node:timers/promises";
import { connect, createClient } from "@parley/client";
import { byteFrames, bytes, codec, jsonLines, raw, textLines } from "@parley/core";
import { drippingClient, neverReadingClient } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { service } from "./service.mjs";

const lines = textLines();
const frames = byteFrames();
const anything = codec(raw(), bytes());

/** What a client does with its connection until it leaves, which is after `ms` at the latest. */
const lives = {
  async calls(url, ms, random) {
    const client = createClient(service, url, {
      codec: jsonLines(),
      random,
      timeoutMs: 3_000,
      reconnect: { initialDelayMs: 20, maxDelayMs: 500 },
    });
    const end = performance.now() + ms;
    const stop = client.on("tick", () => {});
    while (performance.now() < end) {
      await Promise.allSettled([
        client.call("add", { a: random(), b: 1 }),
        client.call("wait", { ms: Math.floor(random() * 100) }),
        items(client.stream("count", { to: Math.floor(random() * 500) }), random),
      ]);
      await sleep(random() * 500);
    }
    stop();
    await client.close();
  },
  echo: (url, ms, random) => talk(url, lines, "x".repeat(1 + Math.floor(random() * 2_000)), ms, random),
  iterated: (url, ms, random) => talk(url, lines, "x".repeat(1 + Math.floor(random() * 200)), ms, random),
  frames: (url, ms, random) => talk(url, frames, new Uint8Array(Math.floor(random() * 5_000)), ms, random),
  room: (url, ms, random) => talk(url, lines, "hello, all", ms, random),
  discard: (url, ms, random) => talk(url, anything, new Uint8Array(10_000), ms, random),
  async chargen(url, ms, random) {
    const connection = await connect(url, anything);
    const gone = sleep(ms * random()).then(() => connection.destroy());
    try {
      for await (const _ of connection) if (random() < 0.001) break;
    } finally {
      connection.destroy();
      await gone;
    }
  },
  async time(url) {
    const connection = await connect(url, anything);
    for await (const _ of connection);
    await connection.close();
  },
};

async function items(stream, random) {
  for await (const _ of stream) if (random() < 0.001) break;
}

/** Sends and reads for a while, and then ends: gracefully, by a reset, or without a word. */
async function talk(url, spoken, message, ms, random) {
  const connection = await connect(url, spoken);
  const end = performance.now() + ms;
  const reading = (async () => {
    for await (const _ of connection);
  })();
  reading.catch(() => {});
  while (performance.now() < end && connection.state === "open") {
    if (!connection.send(message)) await connection.writable();
    await sleep(random() * 200);
  }
  if (random() < 0.5) await connection.close();
  else connection.destroy();
}

/** Two that no service should have. */
async function misbehave(url, ms, random) {
  const client =
    random() < 0.5
      ? await drippingClient(socketDial(url), Buffer.from("no line feed "), { everyMs: 100 })
      : await neverReadingClient(socketDial(url), Buffer.from(`${"x".repeat(999)}\n`), 20_000);
  await Promise.race([client.gone, sleep(ms)]);
  client.stop();
}

/** Keeps `count` clients at work until `end`, one after the other in each place; what befalls them is theirs. */
export async function keepClients(count, addresses, direct, seconds, random) {
  const end = performance.now() + seconds * 1000;
  let lived = 0;
  const names = Object.keys(lives);
  async function place() {
    while (performance.now() < end) {
      const ms = Math.min(500 + random() * 15_000, Math.max(0, end - performance.now()));
      const name = names[Math.floor(random() * names.length)];
      const life =
        random() < 0.05 ? misbehave(direct.echo, ms, random) : lives[name](addresses[name], ms, random);
      await life.catch(() => {});
      lived += 1;
      await sleep(random() * 200);
    }
  }
  await Promise.all(Array.from({ length: count }, place));
  return lived;
}
