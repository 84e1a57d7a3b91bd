import { setTimeout as sleep } from "node:timers/promises";
import { connect, createClient } from "@parley/client";
import { byteFrames, bytes, codec, jsonLines, raw, textLines } from "@parley/core";
import { drippingClient, neverReadingClient } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { echoed, service } from "./service.mjs";

const lines = textLines();
const frames = byteFrames();
const anything = codec(raw(), bytes());

/** What a client does with its connection to the server of that name, for `ms` at the longest. */
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
        drain(client.stream("count", { to: Math.floor(random() * 100) }), random),
      ]);
      await sleep(random() * 1_000);
    }
    stop();
    await client.close();
  },
  lines: (url, ms, random) => talk(url, lines, "x".repeat(1 + Math.floor(random() * 2_000)), ms, random),
  headers: (url, ms, random) => talk(url, echoed.headers, "hello", ms, random),
  piped: (url, ms, random) => talk(url, lines, "hello", ms, random),
  iterated: (url, ms, random) => talk(url, lines, "x".repeat(1 + Math.floor(random() * 200)), ms, random),
  sequential: (url, ms, random) => talk(url, lines, "hello", ms / 10, random),
  proxied: (url, ms, random) => talk(url, anything, Buffer.from("hello\n"), ms, random),
  frames: (url, ms, random) => talk(url, frames, new Uint8Array(Math.floor(random() * 5_000)), ms, random),
  borrowed: (url, ms, random) =>
    talk(url, frames, new Uint8Array(Math.floor(random() * 100_000)), ms, random),
  // Everything goes to everybody: seldom, therefore.
  room: (url, ms, random) => talk(url, lines, "hello, all", ms, random, 5_000),
  discard: (url, ms, random) => talk(url, anything, new Uint8Array(10_000), ms, random),
  async chargen(url, _, random) {
    const connection = await connect(url, anything);
    for await (const _ of connection) if (random() < 0.3) break;
    connection.destroy();
  },
  time: readToEnd,
  daytime: readToEnd,
};

async function drain(stream, random) {
  for await (const _ of stream) if (random() < 0.001) break;
}

async function readToEnd(url) {
  const connection = await connect(url, anything);
  for await (const _ of connection);
  await connection.close();
}

/** Sends and reads for a while, and then ends: by a FIN, or by a reset. */
async function talk(url, spoken, message, ms, random, pauseMs = 1_000) {
  const connection = await connect(url, spoken);
  const end = performance.now() + ms;
  const reading = (async () => {
    for await (const _ of connection);
  })();
  reading.catch(() => {});
  while (performance.now() < end && connection.state === "open") {
    if (!connection.send(message)) await connection.writable();
    await sleep(random() * pauseMs);
  }
  if (random() < 0.5) await connection.close();
  else connection.destroy();
}

/** Two that no service should have. */
async function misbehave(url, ms, random) {
  const client =
    random() < 0.5
      ? await drippingClient(socketDial(url), Buffer.from("no line feed "), { everyMs: 100 })
      : await neverReadingClient(socketDial(url), Buffer.from(`${"x".repeat(999)}\n`), 5_000);
  await Promise.race([client.gone, sleep(ms)]);
  client.stop();
}

/**
 * Keeps `count` clients at work for `ms`, one after the other in each place, one in twenty of which misbehaves. What befalls them is theirs.
 * @returns how many there were.
 */
export async function keepClients(count, addresses, ms, random) {
  const end = performance.now() + ms;
  const names = Object.keys(lives);
  let lived = 0;
  async function keepPlace() {
    await sleep(random() * 2_000);
    while (performance.now() < end) {
      const left = Math.max(0, end - performance.now());
      const lastsMs = Math.min(500 + random() * 15_000, left);
      const name = names[Math.floor(random() * names.length)];
      const isBad = random() < 0.05;
      const life = isBad
        ? misbehave(addresses.lines, lastsMs, random)
        : lives[name](addresses[name], lastsMs, random);
      await life.catch(() => {});
      lived += 1;
      await sleep(random() * 2_000);
    }
  }
  await Promise.all(Array.from({ length: count }, keepPlace));
  return lived;
}
