// The process of all clients but the good one, and of the proxies on their way.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createFaultProxy,
  drippingClient,
  lyingClient,
  neverReadingClient,
  seededRandom,
} from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { answerQuestions } from "../servers/answer-questions.mjs";
import { keepClients } from "./lives.mjs";

const faults = {
  maxPieceBytes: 8_192,
  maxDelayMs: 20,
  stall: 0.002,
  stallMs: 3_000,
  reset: 0.0005,
  drop: 0.0002,
  halfClose: 0.0002,
};
/** Connections that `hold` has made and `release` ends. */
const held = [];

answerQuestions({
  /** Clients of every server, behind proxies that do what networks do; afterwards all of them are gone. */
  async live({ addresses, clients, ms, seed }) {
    const names = Object.keys(addresses);
    const proxies = await Promise.all(
      names.map((name, index) =>
        createFaultProxy(socketDial(addresses[name]), { seed: seed + index, up: faults, down: faults }),
      ),
    );
    const proxied = Object.fromEntries(names.map((name, index) => [name, proxies[index].address]));
    const living = keepClients(clients, proxied, ms, seededRandom(seed));
    await sleep(ms);
    // Those whose answers were dropped would wait for long.
    await Promise.all(proxies.map((proxy) => proxy.close()));
    const lived = await living;
    const sum = (fault) => proxies.reduce((total, { counts }) => total + counts[fault], 0);
    return {
      lived,
      faults: Object.fromEntries(Object.keys(proxies[0].counts).map((fault) => [fault, sum(fault)])),
    };
  },

  /** `count` connections that send `bytes` one a second, for `ms`; who is cut off is followed by another. */
  drip: ({ url, bytes, count, ms }) =>
    keepPlaces(count, ms, () => drippingClient(socketDial(url), Buffer.from(bytes))),

  /** The same with all that they say at once, after which they are silent. */
  announce: ({ url, bytes, count, ms }) =>
    keepPlaces(count, ms, () => lyingClient(socketDial(url), Buffer.from(bytes))),

  /** `count` connections that ask `requests` times and never read, until they are cut off. */
  async neverRead({ url, request, requests, count }) {
    const clients = await times(count, () =>
      neverReadingClient(socketDial(url), Buffer.from(request), requests),
    );
    await Promise.all(clients.map(({ gone }) => gone));
    return {};
  },

  /** `count` connections that stay; how many of them were turned away by the end of `ms`. */
  async hold({ url, count, ms }) {
    await times(count, async () => {
      const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1" });
      held.push(socket);
      await once(socket, "connect").catch(() => {});
      socket.on("error", () => {}).resume();
    });
    await sleep(ms);
    return { turnedAway: held.filter(({ closed, destroyed }) => closed || destroyed).length };
  },

  /** Ends `count` of those that are still there. */
  release(count) {
    const there = held.filter(({ destroyed }) => !destroyed).slice(0, count);
    for (const socket of there) socket.destroy();
    return there.length;
  },

  /** `count` connections that are reset as soon as they are made, `atOnce` at a time. */
  async reset({ url, count, atOnce }) {
    const port = Number(new URL(url).port);
    let left = count;
    await times(atOnce, async () => {
      while (left > 0) {
        left -= 1;
        const socket = connect({ port, host: "127.0.0.1" });
        await once(socket, "connect");
        const gone = once(socket, "close");
        socket.resetAndDestroy();
        await gone;
      }
    });
    return {};
  },
});
process.send({});

const times = (count, make) => Promise.all(Array.from({ length: count }, make));

async function keepPlaces(count, ms, make) {
  const end = performance.now() + ms;
  let cut = 0;
  await times(count, async () => {
    while (performance.now() < end) {
      const client = await make();
      const late = new AbortController();
      const isCut = await Promise.race([
        client.gone.then(() => true),
        sleep(end - performance.now(), false, { signal: late.signal }),
      ]);
      late.abort();
      if (isCut) cut += 1;
      client.stop();
    }
  });
  return { cut };
}
