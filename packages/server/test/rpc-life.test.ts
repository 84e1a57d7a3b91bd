import { jsonLines } from "@parley/core";
import { rpcCodes } from "@parley/rpc";
import { describe, expect, it } from "vitest";
import { serve } from "../src/index.ts";
import { calculator, calculatorOn } from "./rpc-contract.ts";
import { rpcStage } from "./rpc-stage.ts";

const request = (id: unknown, method: string, params?: unknown, meta?: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params, meta });
const codecs = [
  ["spoken", { codec: jsonLines() }],
  ["detected", { codec: null }],
] as const;

async function calling(
  options: Parameters<typeof serve>[2] = {},
  serverOptions: Parameters<typeof rpcStage>[1] = {},
) {
  const desk = calculatorOn();
  const stage = await rpcStage(serve(calculator, desk.implementation, options), serverOptions as object);
  return { desk, ...stage, line: await stage.dial() };
}

describe("a drain", () => {
  it("says so, finishes what is in flight, turns away what comes then, and ends", async () => {
    const { server, desk, line } = await calling({ retryAfterMs: 70 });
    const idle = line;
    expect(await idle.ask(request(1, "add", [1, 1]))).toMatchObject({ result: 2 });
    line.send(request(2, "wait", { name: "a" }), request(3, "countdown", { from: 2 }, { credit: 1 }));
    await line.until(2);
    await desk.untilBegun("a");
    const report = server.close();
    const goAway = (await line.until(3))[2];
    expect(goAway).toMatchObject({
      method: "$/goaway",
      params: { code: rpcCodes.draining, message: expect.any(String), retryAfterMs: 70 },
    });
    // Whatever belongs to what is in flight is heard.
    line.send('{"jsonrpc":"2.0","method":"$/output/credit","params":{"id":3,"items":9}}');
    expect((await line.until(5)).slice(3)).toMatchObject([
      { method: "$/output", params: { id: 3, item: 1 } },
      { id: 3, result: null },
    ]);
    expect(await line.ask(request(4, "add", [1, 1]))).toMatchObject({
      error: { code: rpcCodes.draining, data: { retryAfterMs: 70 } },
    });
    desk.finish("a");
    const all = await line.untilEnded();
    expect(all.at(-1)).toEqual({ jsonrpc: "2.0", id: 2, result: "a!" });
    line.end();
    expect(await report).toMatchObject({ completed: 1, idle: 0, aborted: 0 });
  });

  it("ends who is idle at once, with the word", async () => {
    const { server, line } = await calling();
    await line.ask(request(1, "add", [1, 1]));
    const report = server.close();
    expect((await line.untilEnded()).at(-1)).toMatchObject({ method: "$/goaway" });
    line.end();
    expect(await report).toMatchObject({ completed: 0, idle: 1 });
  });
});

describe("a connection that is refused", () => {
  it.each(codecs)("is told so by $/goaway, then a FIN (%s)", async (_, { codec }) => {
    const { dial, untilClosed, line } = await calling(
      { retryAfterMs: 70 },
      { codec, concurrency: 1, backlog: 0 },
    );
    await line.ask(request(1, "add", [1, 1]));
    const refused = await dial();
    refused.send(request(1, "add", [1, 1]));
    expect(await refused.untilEnded()).toEqual([
      {
        jsonrpc: "2.0",
        method: "$/goaway",
        params: { code: rpcCodes.overloaded, message: expect.any(String), retryAfterMs: 70 },
      },
    ]);
    await untilClosed("c2 local overload");
    refused.end();
  });

  it.each(codecs)("waits first, and is refused by a drain (%s)", async (_, { codec }) => {
    const { server, dial, line } = await calling({}, { codec, concurrency: 1, backlog: 1 });
    await line.ask(request(1, "add", [1, 1]));
    const waiting = await dial();
    waiting.send(request(1, "add", [1, 1]));
    await new Promise(setImmediate);
    const report = server.close();
    expect(await waiting.untilEnded()).toMatchObject([{ method: "$/goaway" }]);
    waiting.end();
    line.end();
    expect(await report).toMatchObject({ refused: 1 });
  });

  it.each(codecs)("is told what was given as refusal in place of it (%s)", async (_, { codec }) => {
    const { dial, line } = await calling({}, { codec, concurrency: 1, backlog: 0, refusal: { no: "place" } });
    await line.ask(request(1, "add", [1, 1]));
    const refused = await dial();
    expect(await refused.untilEnded()).toEqual([{ no: "place" }]);
    refused.end();
  });
});

describe("what is no message", () => {
  it.each(codecs)("is answered, and closes the connection (%s)", async (_, { codec }) => {
    const { desk, line, untilClosed } = await calling({}, { codec });
    line.send(request(1, "add", [1, 1]), '{"jsonrpc": nonsense}', request(2, "wait", { name: "a" }));
    expect(await line.untilEnded()).toMatchObject([
      { id: 1, result: 2 },
      { jsonrpc: "2.0", id: null, error: { code: rpcCodes.parseError } },
    ]);
    line.end();
    await untilClosed("c1 local malformed");
    expect(desk.begun).toEqual([]);
  });
});

describe("a caller's FIN", () => {
  it.each(codecs)("is no hindrance to the answers that are pending (%s)", async (_, { codec }) => {
    const { desk, line, untilClosed } = await calling({}, { codec });
    line.send(request(1, "wait", { name: "a" }), request(2, "add", [1, 1]));
    line.end();
    await line.until(1);
    desk.finish("a");
    expect(await line.untilEnded()).toMatchObject([
      { id: 2, result: 2 },
      { id: 1, result: "a!" },
    ]);
    await untilClosed("c1 remote ended");
  });
});

describe("a silent caller", () => {
  it("is not pinged if it is a plain one, and closed as idle", async () => {
    const { clock, line, untilClosed } = await calling({ pingIntervalMs: 1_000 }, { idleTimeoutMs: 60_000 });
    await line.ask(request(1, "add", [1, 1]));
    clock.advance(59_000);
    while (!line.recorded.hasEnded) {
      clock.advance(100);
      await new Promise(setImmediate);
    }
    expect(clock.now()).toBeLessThan(80_000);
    expect(line.messages).toHaveLength(1);
    line.end();
    await untilClosed("c1 local idle");
  });

  it("is not idle while it waits for an answer", async () => {
    const { clock, desk, line } = await calling({}, { idleTimeoutMs: 60_000 });
    line.send(request(1, "wait", { name: "a" }));
    await desk.untilBegun("a");
    clock.advance(600_000);
    desk.finish("a");
    expect(await line.until(1)).toMatchObject([{ id: 1, result: "a!" }]);
  });

  it("is pinged once it has shown to understand, and given up if it does not answer", async () => {
    const { clock, line, untilClosed } = await calling({ pingIntervalMs: 1_000 });
    await line.ask(request(1, "add", [1, 1], {}));
    clock.advance(1_000);
    const [, ping] = await line.until(2);
    expect(ping).toMatchObject({ jsonrpc: "2.0", method: "$/ping" });
    line.send(
      JSON.stringify({ jsonrpc: "2.0", id: ping?.["id"], error: { code: -32601, message: "What?" } }),
    );
    await line.ask(request(2, "add", [1, 1]));
    clock.advance(1_000);
    expect((await line.until(4))[3]).toMatchObject({ method: "$/ping" });
    clock.advance(2_000);
    await untilClosed("c1 local unresponsive");
  });
});
