import {
  type Codec,
  codec,
  contentLength,
  json,
  jsonFrames,
  jsonLines,
  jsonStream,
  msgpackFrames,
} from "@parley/core";
import { ConnectionLostError, caller, service } from "@parley/rpc";
import { createMemoryNetwork } from "@parley/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ClientOptions, createClient } from "../src/index.ts";
import { calculator, desk } from "./calculator.ts";
import { SessionServer } from "./session-server.ts";

interface Seen {
  /** How many countdowns have come to their end, whichever. */
  ended: number;
  /** What was noted down. */
  readonly lines: string[];
}

function calculatorService(seen: Seen) {
  return service(calculator, {
    add: ({ a, b }) => a + b,
    look: ({ at }) => (at === "never" ? new Promise<string>(() => {}) : `seen ${at}`),
    version: () => "v1",
    async *countdown({ from }) {
      try {
        for (let at = from; at > 0; at--) yield at;
        return "lift-off";
      } finally {
        seen.ended += 1;
      }
    },
    async sum(_, { input }) {
      let sum = 0;
      for await (const item of input) sum += item;
      return sum;
    },
    log: ({ line }) => void seen.lines.push(line),
  });
}

async function served(options: ClientOptions = {}) {
  const network = createMemoryNetwork();
  const seen: Seen = { ended: 0, lines: [] };
  const parts = {
    network,
    name: "calculator",
    service: calculatorService(seen),
    ...(options.codec && { codec: options.codec }),
  };
  const server = await SessionServer.listen(parts);
  const client = createClient(calculator, network.dial("calculator"), {
    reconnect: { initialDelayMs: 1, maxDelayMs: 2 },
    ...options,
  });
  onTestFinished(() => client.close());
  return { client, server, seen, again: () => SessionServer.listen(parts) };
}

const codecs: [string, Codec<unknown>][] = [
  ["jsonLines", jsonLines()],
  ["jsonFrames", jsonFrames()],
  ["contentLength", codec(contentLength(), json())],
  ["jsonStream", codec(jsonStream(), json())],
  ["msgpackFrames", msgpackFrames()],
];

describe("a client of a session", () => {
  it.each(codecs)("calls, streams and notifies over %s", async (_, codec) => {
    const { client, seen } = await served({ codec });
    client.notify("log", { line: "日本" });
    const sums = await Promise.all(
      Array.from({ length: 500 }, (_, index) => client.call("add", { a: index, b: 1 })),
    );
    expect(sums).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    const countdown = client.stream("countdown", { from: 300 });
    const items: number[] = [];
    for await (const item of countdown) items.push(item);
    expect(items).toHaveLength(300);
    expect(await countdown.result).toBe("lift-off");
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    expect(await client.call("sum", undefined, { input: numbers })).toBe(44_850);
    expect(seen.lines).toEqual(["日本"]);
  });

  it("asks for the OpenRPC document", async () => {
    const { client } = await served();
    expect(await client.discover()).toMatchObject({ openrpc: expect.any(String) });
  });

  it("ends a generator at the server when it leaves its stream", async () => {
    const { client, seen } = await served();
    for await (const item of client.stream("countdown", { from: 1_000_000 })) if (item < 999_900) break;
    // Its answer comes when the generator is through.
    while (seen.ended === 0) await client.call("version");
    expect(seen.ended).toBe(1);
  });

  it("is called by the server", async () => {
    const { client, server } = await served();
    client.implement(desk, { ask: ({ question }) => `${question}?`, show: () => {} });
    await client.connected();
    await client.call("version");
    const [session] = server.sessions as [SessionServer["sessions"][number]];
    expect(await caller(desk, session).call("ask", { question: "why" })).toBe("why?");
  });

  it("has everything rejected when the server is killed, and comes back when it is there again", async () => {
    const { client, server, again } = await served();
    await client.connected();
    const pending = Array.from({ length: 100 }, () =>
      client.call("look", { at: "never" }, { key: false }).catch((error: unknown) => error),
    );
    const streams = Array.from({ length: 10 }, async () => {
      for await (const _ of client.stream("countdown", { from: 1_000_000_000 }));
    });
    const lost = Promise.allSettled(streams);
    await client.call("version");
    const unsafe = client.call("sum", undefined, { input: endless() }).catch((error: unknown) => error);
    await client.call("version");
    await server.kill();
    for (const { status } of await lost) expect(status).toBe("rejected");
    expect(await unsafe).toBeInstanceOf(ConnectionLostError);
    const restarted = await again();
    expect(await client.call("add", { a: 1, b: 1 })).toBe(2);
    // What is idempotent was sent again, and is pending there.
    expect(restarted.sessions[0]?.working).toBe(100);
    await client.close();
    for (const error of await Promise.all(pending)) expect(error).toBeInstanceOf(Error);
  });
});

async function* endless(): AsyncGenerator<number> {
  for (;;) yield 1;
}
